#include "proto/framing_reference.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "proto/field_lines.h"

namespace lastcall::proto {
namespace {

using Kind = FramingReference::Kind;

// A head's fields by our own splitter, judged by `ours` and by llhttp.
bool confirmed(Kind kind, const std::string& lines, const FramingFields& ours) {
  std::vector<std::uint32_t> ends;
  for (std::size_t at = lines.find('\n'); at != std::string::npos; at = lines.find('\n', at + 1)) {
    ends.push_back(static_cast<std::uint32_t>(at + 1));
  }
  std::vector<Field> fields;
  REQUIRE_FALSE(split_fields(lines, 0, ends, fields));
  FramingReference reference(kind);
  const bool first = !reference.confirm(fields, ours);
  CHECK(!reference.confirm(fields, ours) == first);  // nothing is remembered of the message before
  return first;
}

FramingFields length(std::uint64_t value) { return {.lengths = 1, .length = value}; }
FramingFields chunked() { return {.coding_lines = 1, .codings = 1, .chunked = true}; }

}  // namespace

TEST_CASE("what two parsers read alike is confirmed (G80, G84)") {
  for (const Kind kind : {Kind::request, Kind::response}) {
    CHECK(confirmed(kind, "Host: a\r\nContent-Length: 5\r\nA: b\r\n", length(5)));
    CHECK(confirmed(kind, "Content-Length: 0\r\n", length(0)));
    CHECK(confirmed(kind, "Content-Length: 9223372036854775807\r\n", length(INT64_MAX)));
    CHECK(confirmed(kind, "transfer-encoding: CHUNKED\r\nHost: a\r\n", chunked()));
    CHECK(confirmed(kind, "Host: a\r\n", {}));
  }
}

TEST_CASE("a framing that only one parser sees is refused, whichever it is (G80, G84)") {
  for (const Kind kind : {Kind::request, Kind::response}) {
    CHECK_FALSE(confirmed(kind, "Content-Length: 5\r\n", length(6)));
    CHECK_FALSE(confirmed(kind, "Content-Length: 5\r\n", chunked()));
    CHECK_FALSE(confirmed(kind, "Transfer-Encoding: chunked\r\n", length(0)));
    CHECK_FALSE(confirmed(kind, "Host: a\r\n", length(5)));
    CHECK_FALSE(confirmed(kind, "Content-Length: +5\r\n", length(5)));
    CHECK_FALSE(confirmed(kind, "Content-Length: 5\r\nContent-Length: 5\r\n", length(5)));
    CHECK_FALSE(confirmed(kind, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunked()));
  }
  CHECK_FALSE(confirmed(Kind::request, "Transfer-Encoding: xchunked\r\n", chunked()));
}

}  // namespace lastcall::proto
