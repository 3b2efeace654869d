// llhttp, strict, on a head that we have accepted: it must accept it too, with the same fields and the same framing. The start line is
// replaced by a fixed one, as llhttp 8.1 does not know every method and takes versions that we refuse.
#pragma once

#include <llhttp.h>

#include <vector>

#include "fuzz_input.h"
#include "proto/http_head.h"
#include "proto/http_syntax.h"

namespace lastcall::proto {

struct LlhttpFields {
  std::vector<std::pair<std::string, std::string>> fields;
  bool value_begun = true;  // the next piece of a name begins a field
};

inline LlhttpFields& llhttp_fields(llhttp_t* parser) { return *static_cast<LlhttpFields*>(parser->data); }

inline int on_llhttp_name(llhttp_t* parser, const char* at, size_t size) {
  LlhttpFields& seen = llhttp_fields(parser);
  if (seen.value_begun) seen.fields.emplace_back();
  seen.value_begun = false;
  seen.fields.back().first.append(at, size);
  return 0;
}

inline int on_llhttp_value(llhttp_t* parser, const char* at, size_t size) {
  LlhttpFields& seen = llhttp_fields(parser);
  seen.value_begun = true;
  seen.fields.back().second.append(at, size);
  return 0;
}

// `framing`: until_close where there is nothing to compare.
inline void check_llhttp_reads_the_same(llhttp_type type, std::string_view head, const std::vector<Field>& fields, Framing framing,
                                        std::uint64_t length) {
  const std::size_t empty_lines = head.find_first_not_of("\r\n");
  const std::string_view lines = head.substr(head.find("\r\n", empty_lines) + 2);
  LlhttpFields seen;
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_header_field = on_llhttp_name;
  settings.on_header_value = on_llhttp_value;
  settings.on_headers_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
  llhttp_t parser;
  llhttp_init(&parser, type, &settings);
  parser.data = &seen;
  const std::string bytes = (type == HTTP_REQUEST ? "GET / HTTP/1.1\r\n" : "HTTP/1.1 200 OK\r\n") + std::string(lines);
  const auto result = llhttp_execute(&parser, bytes.data(), bytes.size());
  if (result != HPE_PAUSED) std::fprintf(stderr, "llhttp: %s\n", llhttp_get_error_reason(&parser));
  expect(result == HPE_PAUSED, "llhttp accepts what we accept");

  expect(seen.fields.size() == fields.size(), "as many fields as llhttp");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    expect_equal(seen.fields[i].first, std::string(fields[i].name), "names");
    expect_equal(std::string(trim(seen.fields[i].second)), std::string(fields[i].value), "values");
  }
  if (framing == Framing::until_close) return;
  expect(((parser.flags & F_CHUNKED) != 0) == (framing == Framing::chunked), "chunked as llhttp");
  expect(parser.content_length == length, "length as llhttp");
}

}  // namespace lastcall::proto
