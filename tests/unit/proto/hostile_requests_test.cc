#include "hostile_requests.h"

#include <doctest/doctest.h>

#include <string>

#include "message_events.h"

namespace lastcall::proto {
namespace {

std::uint16_t status_of(const std::string& events) {
  const auto at = events.find("invalid ");
  if (at != std::string::npos) return static_cast<std::uint16_t>(std::stoi(events.substr(at + 8, 3)));
  return events.starts_with("request ") ? 200 : 0;  // 0: more bytes are awaited
}

void check_all(std::span<const HostileRequest> requests) {
  for (const HostileRequest& request : requests) {
    CAPTURE(std::string(request.name));
    const auto events = request_events(request.bytes, all_at_once());
    CAPTURE(events);
    CHECK(status_of(events) == request.status);
  }
}

}  // namespace

TEST_CASE("a hostile request line is refused with its status (G80, G82, G83, G89, G90)") { check_all(hostile_request_lines()); }

TEST_CASE("a hostile field is refused with its status (G81, G83, G87)") { check_all(hostile_fields()); }

TEST_CASE("a hostile framing is refused with its status (G84, G85)") { check_all(hostile_framings()); }

TEST_CASE("nothing of a hostile message is taken for a second request (G86)") {
  for (const auto requests : {hostile_request_lines(), hostile_fields(), hostile_framings()}) {
    for (const HostileRequest& request : requests) {
      CAPTURE(std::string(request.name));
      const auto events = request_events(request.bytes, all_at_once());
      CHECK(events.find("request ") == events.rfind("request "));
    }
  }
}

TEST_CASE("of all bytes, exactly those of a token may stand in a name, and no control in a value (G87)") {
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const char c = static_cast<char>(byte);
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool in_name = alnum || c == ':' || kTokenMarks.find(c) != std::string_view::npos;  // ':' ends the name: "Y: a" is its value
    const bool in_value = c == '\t' || (byte >= 0x20 && byte != 0x7f);
    CHECK((status_of(request_events(start + "X" + c + "Y: a\r\n\r\n", all_at_once())) == 200) == in_name);
    CHECK((status_of(request_events(start + "X: a" + c + "b\r\n\r\n", all_at_once())) == 200) == in_value);
    CHECK((status_of(request_events(start + "Connection: a" + c + "b\r\n\r\n", all_at_once())) == 200) == in_value);
    if (c != ':') CHECK((status_of(request_events(start + c + ": a\r\n\r\n", all_at_once())) == 200) == in_name);
  }
}

TEST_CASE("what begins like another protocol is refused by its first bytes, before any line ends") {
  RequestHead head;
  for (const auto bytes : {std::string_view("\x16"), std::string_view("\n"), std::string_view("{"), std::string_view("\x80")}) {
    RequestParser parser({});
    CHECK(parser.parse_head(bytes, head).what == HeadStep::What::invalid);
  }
  RequestParser parser({});
  CHECK(parser.parse_head("G", head).what == HeadStep::What::need_more);
}

}  // namespace lastcall::proto
