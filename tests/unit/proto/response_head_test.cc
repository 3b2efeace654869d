#include <doctest/doctest.h>

#include <string>

#include "message_events.h"
#include "proto/http1_response.h"

namespace lastcall::proto {
namespace {

#define OK "HTTP/1.1 200 OK\r\n"

struct Parsed {
  explicit Parsed(std::string text, bool request_was_head = false) : bytes(std::move(text)) {
    parser.reset(request_was_head);
    step = parser.parse_head(bytes, head);
  }
  std::string bytes;
  ResponseParser parser{HttpLimits{}};
  ResponseHead head;
  HeadStep step;
};

struct FramingCase {
  std::string_view bytes;
  bool to_head;
  Framing framing;
  std::uint64_t length;
  bool keep_alive;
};

constexpr FramingCase kFramings[] = {
    {OK "Content-Length: 5\r\n\r\n", false, Framing::length, 5, true},
    {OK "Content-Length: 5\r\n\r\n", true, Framing::none, 0, true},
    {OK "Content-Length: 0\r\n\r\n", false, Framing::none, 0, true},
    {OK "Content-Length: 5\r\nConnection: close\r\n\r\n", false, Framing::length, 5, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n", false, Framing::chunked, 0, true},
    {OK "Transfer-Encoding: chunked\r\n\r\n", true, Framing::none, 0, true},
    {OK "\r\n", false, Framing::until_close, 0, false},
    {OK "Connection: keep-alive\r\n\r\n", false, Framing::until_close, 0, false},
    {OK "\r\n", true, Framing::none, 0, true},
    {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false, Framing::length, 5, false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", false, Framing::length, 5, true},
    {"HTTP/1.0 200 OK\r\n\r\n", false, Framing::until_close, 0, false},
    {"HTTP/1.1 204 No Content\r\n\r\n", false, Framing::none, 0, true},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", false, Framing::none, 0, true},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false, Framing::none, 0, false},
    {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", false, Framing::none, 0, false},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, Framing::none, 0, true},
    {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", false, Framing::none, 0, true},
    {"HTTP/1.1 999 Go Away\r\nContent-Length: 1\r\n\r\n", false, Framing::length, 1, true},
};

struct Refused {
  const char* name;
  std::string_view bytes;
};

constexpr Refused kRefused[] = {
    {"two lengths", OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"},
    {"two equal lengths", OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"},
    {"a list of lengths", OK "Content-Length: 5, 5\r\n\r\n"},
    {"a length that is none", OK "Content-Length: abc\r\n\r\n"},
    {"a negative length", OK "Content-Length: -1\r\n\r\n"},
    {"an empty length", OK "Content-Length:\r\n\r\n"},
    {"a length too large", OK "Content-Length: 99999999999999999999\r\n\r\n"},
    {"both framings", OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"both framings the other way", OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"},
    {"both framings in a 304", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"},
    {"chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"gzip and chunked", OK "Transfer-Encoding: gzip, chunked\r\n\r\n"},
    {"gzip", OK "Transfer-Encoding: gzip\r\n\r\n"},
    {"identity", OK "Transfer-Encoding: identity\r\n\r\n"},
    {"chunked twice", OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"folded line", OK "X: a\r\n b\r\n\r\n"},
    {"control in a value", OK "X: a\x01\r\n\r\n"},
    {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"},
    {"bare CR", OK "X: a\rb\r\n\r\n"},
    {"space before a colon", OK "X : a\r\n\r\n"},
    {"no colon", OK "X\r\n\r\n"},
    {"control in the reason", "HTTP/1.1 200 O\x02K\r\n\r\n"},
    {"HTTP/2", "HTTP/2 200\r\n\r\n"},
    {"HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n"},
    {"HTTP/0.9", "<html>"},
    {"ICY", "ICY 200 OK\r\n\r\n"},
    {"RTSP", "RTSP/1.0 200 OK\r\n\r\n"},
    {"a request", "GET / HTTP/1.1\r\n\r\n"},
    {"an empty line first", "\r\n" OK "\r\n"},
    {"status of two digits", "HTTP/1.1 20 OK\r\n\r\n"},
    {"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"},
    {"status 099", "HTTP/1.1 099 No\r\n\r\n"},
    {"status in letters", "HTTP/1.1 abc OK\r\n\r\n"},
    {"signed status", "HTTP/1.1 +20 OK\r\n\r\n"},
    {"two spaces before the status", "HTTP/1.1  200 OK\r\n\r\n"},
    {"tab before the status", "HTTP/1.1\t200 OK\r\n\r\n"},
    {"tab after the status", "HTTP/1.1 200\tOK\r\n\r\n"},
    {"no status", "HTTP/1.1\r\n\r\n"},
};

}  // namespace

TEST_CASE("a response's framing is what RFC 9112 section 6.3 says (G76)") {
  for (const FramingCase& item : kFramings) {
    CAPTURE(std::string(item.bytes));
    CAPTURE(item.to_head);
    const Parsed parsed(std::string(item.bytes), item.to_head);
    REQUIRE(parsed.step.what == HeadStep::What::done);
    CHECK(parsed.head.framing == item.framing);
    CHECK(parsed.head.content_length == item.length);
    CHECK(parsed.head.keep_alive == item.keep_alive);
  }
}

TEST_CASE("a response that frames its body in doubt is 502 (G88)") {
  for (const Refused& item : kRefused) {
    CAPTURE(std::string(item.name));
    const Parsed parsed{std::string(item.bytes)};
    CHECK(parsed.step.what == HeadStep::What::invalid);
    CHECK(parsed.step.status == 502);
    CHECK(std::string(parsed.step.why) != "");
  }
}

TEST_CASE("informational heads are followed by another; 101 is not one of them (G78)") {
  Parsed parsed("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  REQUIRE(parsed.step.what == HeadStep::What::done);
  CHECK(parsed.head.informational);
  const auto rest = std::string_view(parsed.bytes).substr(parsed.step.consumed);
  REQUIRE(parsed.parser.parse_head(rest, parsed.head).what == HeadStep::What::done);
  CHECK(parsed.head.status == 200);
  CHECK_FALSE(parsed.head.informational);
  const Parsed switched("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK_FALSE(switched.head.informational);
  CHECK(switched.head.upgrade == "websocket");
  CHECK(switched.head.framing == Framing::none);
}

TEST_CASE("a child that puts a body on an informational head is not trusted with another request (G76)") {
  Parsed parsed("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  const auto rest = std::string_view(parsed.bytes).substr(parsed.step.consumed);
  REQUIRE(parsed.parser.parse_head(rest, parsed.head).what == HeadStep::What::done);
  CHECK(parsed.head.status == 204);
  CHECK_FALSE(parsed.head.keep_alive);
}

TEST_CASE("an event stream is known by its media type, whatever its parameters (decision 1)") {
  const auto streams = [](std::string_view type) { return Parsed(OK "Content-Type: " + std::string(type) + "\r\n\r\n").head.event_stream; };
  CHECK(streams("text/event-stream"));
  CHECK(streams("Text/Event-Stream; charset=utf-8"));
  CHECK(streams("text/event-stream ;x"));
  CHECK_FALSE(streams("text/event-streams"));
  CHECK_FALSE(streams("text/html; x=text/event-stream"));
  CHECK_FALSE(Parsed(OK "X-Type: text/event-stream\r\n\r\n").head.event_stream);
}

TEST_CASE("the child's word on how long it keeps an idle connection is read (G61)") {
  const auto timeout = [](std::string_view value) {
    return Parsed(OK "Keep-Alive: " + std::string(value) + "\r\n\r\n").head.keep_alive_timeout;
  };
  CHECK(timeout("timeout=5") == 5);
  CHECK(timeout("max=100, Timeout=72") == 72);
  CHECK(timeout("timeout=99999999999") == UINT32_MAX);
  CHECK(timeout("timeout=") == 0);
  CHECK(timeout("timeout=-1") == 0);
  CHECK(timeout("timeout=5s") == 0);
  CHECK(Parsed(OK "\r\n").head.keep_alive_timeout == 0);
}

TEST_CASE("bytes after a complete response are left over, never a next response (G88)") {
  const auto poisoned = response_events(OK "Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n", all_at_once());
  CHECK(poisoned.ends_with("body [ok]\ncomplete\nleft 19\n"));
  CHECK(response_events("HTTP/1.1 204 No Content\r\n\r\nhello", all_at_once()).ends_with("complete\nleft 5\n"));
}

}  // namespace lastcall::proto
