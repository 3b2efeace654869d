#include "proto/head_grammar.h"

#include <llhttp.h>

#include <cstring>

#include "base/result.h"
#include "proto/http_syntax.h"

namespace lastcall::proto {
namespace {

struct Splitter {
  std::vector<Field>* fields = nullptr;
};

std::vector<Field>& fields_of(llhttp_t* parser) { return *static_cast<Splitter*>(parser->data)->fields; }

// Spans may come in pieces; the bytes are contiguous, so a piece extends the one before.
int on_name(llhttp_t* parser, const char* at, size_t size) {
  auto& fields = fields_of(parser);
  if (!fields.empty() && !fields.back().name.empty() && fields.back().name.end() == at && fields.back().value.data() == nullptr) {
    fields.back().name = {fields.back().name.data(), fields.back().name.size() + size};
    return 0;
  }
  fields.emplace_back().name = {at, size};
  return 0;
}

int on_value(llhttp_t* parser, const char* at, size_t size) {
  auto& fields = fields_of(parser);
  if (fields.empty()) return HPE_USER;
  auto& value = fields.back().value;
  const char* begin = value.data() != nullptr ? value.data() : at;
  value = {begin, static_cast<std::size_t>(at + size - begin)};
  return 0;
}

int on_headers_complete(llhttp_t*) { return HPE_PAUSED; }  // the body is BodyReader's

const llhttp_settings_t* settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t value;
    llhttp_settings_init(&value);
    value.on_header_field = on_name;
    value.on_header_value = on_value;
    value.on_headers_complete = on_headers_complete;
    return value;
  }();
  return &kSettings;
}

}  // namespace

struct HeadGrammar::State {
  llhttp_t after_start_line;  // copied for each message: llhttp's state is a plain struct
  llhttp_t parser;
};

HeadGrammar::HeadGrammar(HeadScanner::Kind kind) : state_(std::make_unique<State>()) {
  const bool request = kind == HeadScanner::Kind::request;
  llhttp_init(&state_->after_start_line, request ? HTTP_REQUEST : HTTP_RESPONSE, settings());
  const char* line = request ? "GET / HTTP/1.1\r\n" : "HTTP/1.1 200 OK\r\n";
  if (llhttp_execute(&state_->after_start_line, line, std::strlen(line)) != HPE_OK) panic("llhttp refuses our start line");
}

HeadGrammar::~HeadGrammar() = default;

Fault HeadGrammar::split(std::string_view lines, std::size_t field_count, std::vector<Field>& fields) {
  fields.clear();
  Splitter splitter{&fields};
  llhttp_t& parser = state_->parser;
  parser = state_->after_start_line;
  parser.data = &splitter;
  if (llhttp_execute(&parser, lines.data(), lines.size()) != HPE_PAUSED) {
    const char* why = llhttp_get_error_reason(&parser);
    return {400, why != nullptr ? why : "malformed head"};
  }
  // llhttp and the scanner must have seen the same lines; each ends where the next begins.
  if (fields.size() != field_count) return {400, "malformed field line"};
  const char* next = lines.data();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto& field = fields[i];
    const char* end = i + 1 < fields.size() ? fields[i + 1].name.data() : lines.data() + lines.size() - 2;
    if (field.name.data() != next || field.name.empty()) return {400, "malformed field line"};
    field.line = {next, static_cast<std::size_t>(end - next)};
    field.value = trim(field.value);
    field.id = field_id(field.name);
    next = end;
  }
  return kNoFault;
}

}  // namespace lastcall::proto
