#include <doctest/doctest.h>

#include <string>

#include "message_events.h"

namespace lastcall::proto {
namespace {

// The scratch outlives the bytes it points into only because `bytes` is kept here too.
struct Parsed {
  explicit Parsed(std::string text) : bytes(std::move(text)) { step = parser.parse_head(bytes, head); }
  std::string bytes;
  RequestParser parser{HttpLimits{}};
  RequestHead head;
  HeadStep step;
};

std::string get(std::string_view fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n"; }

bool hop_by_hop(const RequestHead& head, std::string_view name) {
  for (const Field& field : head.fields) {
    if (equals_ignoring_case(field.name, name)) return field.hop_by_hop;
  }
  FAIL("no such field");
  return false;
}

}  // namespace

TEST_CASE("a head is slices of the received bytes: names and lines as received, values without white space around") {
  const Parsed parsed("POST /a?b=c HTTP/1.1\r\nHoSt:  a.example:80 \r\nX-Empty:\r\nX:\t v w\t \r\n\r\nbody");
  REQUIRE(parsed.step.what == HeadStep::What::done);
  CHECK(parsed.step.consumed == parsed.bytes.size() - 4);
  CHECK(parsed.head.method == "POST");
  CHECK(parsed.head.target == "/a?b=c");
  CHECK(parsed.head.host == "a.example:80");
  CHECK(parsed.head.minor == 1);
  REQUIRE(parsed.head.fields.size() == 3);
  CHECK(parsed.head.fields[0].name == "HoSt");
  CHECK(parsed.head.fields[0].line == "HoSt:  a.example:80 \r\n");
  CHECK(parsed.head.fields[1].value == "");
  CHECK(parsed.head.fields[2].value == "v w");
  CHECK(parsed.head.fields[2].line == "X:\t v w\t \r\n");
  CHECK(parsed.head.fields[0].line.data() + parsed.head.fields[0].line.size() == parsed.head.fields[1].line.data());
}

TEST_CASE("what the client wants of its connection depends on the version and on Connection") {
  CHECK(Parsed(get("")).head.keep_alive);
  CHECK_FALSE(Parsed(get("Connection: close\r\n")).head.keep_alive);
  CHECK_FALSE(Parsed(get("Connection: x, CLOSE\r\n")).head.keep_alive);
  CHECK_FALSE(Parsed(get("Connection: keep-alive\r\nConnection: close\r\n")).head.keep_alive);
  CHECK_FALSE(Parsed("GET / HTTP/1.0\r\n\r\n").head.keep_alive);
  CHECK(Parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").head.keep_alive);
  CHECK_FALSE(Parsed("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").head.keep_alive);
  CHECK_FALSE(Parsed(get("X: close\r\nConnection: close\r\n")).head.keep_alive);
}

TEST_CASE("fields of one hop are marked, and those that Connection names (G65)") {
  const Parsed parsed(
      get("Connection: X-Secret, keep-alive\r\nKeep-Alive: timeout=5\r\nProxy-Connection: a\r\nTE: trailers\r\nUpgrade: x\r\n"
          "HTTP2-Settings: a\r\nTrailer: X\r\nx-sEcret: 1\r\nX-Other: 2\r\nProxy-Authorization: 3\r\n"));
  REQUIRE(parsed.step.what == HeadStep::What::done);
  for (const auto* name : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "HTTP2-Settings", "Trailer", "X-Secret"}) {
    CAPTURE(std::string(name));
    CHECK(hop_by_hop(parsed.head, name));
  }
  CHECK_FALSE(hop_by_hop(parsed.head, "X-Other"));
  CHECK_FALSE(hop_by_hop(parsed.head, "Host"));
  CHECK_FALSE(hop_by_hop(parsed.head, "Proxy-Authorization"));
}

TEST_CASE("Connection can't remove what is meant for the child or says who the client is (G65)") {
  const Parsed parsed(
      get("Content-Length: 0\r\nCookie: a\r\nAuthorization: b\r\nX-Forwarded-For: c\r\nX-Forwarded-Proto: d\r\nForwarded: e\r\nVia: f\r\n"
          "Connection: Host, Content-Length, Cookie, authorization, X-Forwarded-For, X-Forwarded-Proto, Forwarded, Via\r\n"));
  REQUIRE(parsed.step.what == HeadStep::What::done);
  for (const Field& field : parsed.head.fields) {
    CAPTURE(std::string(field.name));
    CHECK(field.hop_by_hop == (field.name == "Connection"));
  }
}

TEST_CASE("an absolute-form's authority replaces Host, its path and query are the target (G83)") {
  const Parsed parsed("GET http://b.example:8080/p?q HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(parsed.head.host == "b.example:8080");
  CHECK(parsed.head.host_from_target);
  CHECK(parsed.head.target == "/p?q");
  CHECK(Parsed("GET HTTPS://b HTTP/1.1\r\nHost: a\r\n\r\n").head.target == "/");
  CHECK(Parsed("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n").head.target == "?q");
  CHECK(Parsed("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n").head.target == "*");
  CHECK(Parsed("GET http://[::1]:80/ HTTP/1.1\r\nHost: a\r\n\r\n").head.host == "[::1]:80");
  CHECK_FALSE(Parsed(get("")).head.host_from_target);
}

TEST_CASE("an Upgrade counts only if Connection names it, in HTTP/1.1, and never to HTTP/2 (G69)") {
  CHECK(Parsed(get("Connection: Upgrade\r\nUpgrade: websocket\r\n")).head.upgrade == "websocket");
  CHECK(Parsed(get("Connection: keep-alive, upgrade\r\nUpgrade: TLS/1.0, IRC/6.9\r\n")).head.upgrade == "TLS/1.0");
  CHECK(Parsed(get("Upgrade: websocket\r\n")).head.upgrade == "");
  CHECK(Parsed(get("Connection: Upgrade\r\n")).head.upgrade == "");
  CHECK(Parsed("GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").head.upgrade == "");
  for (const auto* token : {"h2c", "H2C", "h2", "HTTP/2.0", "http/2", "h2c, h2c", "a b", "", "/", "x/"}) {
    CAPTURE(std::string(token));
    CHECK(Parsed(get("Connection: Upgrade\r\nUpgrade: " + std::string(token) + "\r\n")).head.upgrade == "");
  }
  CHECK(Parsed(get("Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n")).head.upgrade == "websocket");
  CHECK(Parsed(get("Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n")).head.upgrade == "websocket");
}

TEST_CASE("an expectation is the client's wish to hear 100 first, which a 1.0 client can't have (G55)") {
  CHECK(Parsed(get("Expect: 100-continue\r\n")).head.expect_continue);
  CHECK(Parsed(get("Expect: 100-Continue\r\n")).head.expect_continue);
  CHECK_FALSE(Parsed(get("Expect: x\r\n")).head.expect_continue);
  CHECK_FALSE(Parsed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").head.expect_continue);
}

TEST_CASE("idempotent methods are those of RFC 9110 section 9.2.2 (G59)") {
  for (const auto* method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) {
    CHECK(Parsed(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n").head.idempotent);
  }
  for (const auto* method : {"POST", "PATCH", "LOCK", "get", "PROPPATCH"}) {
    CHECK_FALSE(Parsed(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n").head.idempotent);
  }
  CHECK(Parsed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").head.is_head);
  CHECK_FALSE(Parsed(get("")).head.is_head);
}

TEST_CASE("TE: trailers is noticed among other codings (G66)") {
  CHECK(Parsed(get("TE: gzip;q=0.5, Trailers\r\n")).head.te_trailers);
  CHECK_FALSE(Parsed(get("TE: gzip\r\n")).head.te_trailers);
}

TEST_CASE("a request has begun with the first byte of its line, not with an empty line before it (G52)") {
  const RequestParser parser({});
  CHECK_FALSE(parser.head_begun(""));
  CHECK_FALSE(parser.head_begun("\r\n"));
  CHECK(parser.head_begun("\r\nG"));
  CHECK(parser.head_begun("G"));
}

TEST_CASE("the scratch head keeps nothing of the message before") {
  RequestParser parser({});
  RequestHead head;
  const std::string first =
      "OPTIONS http://b/ HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nExpect: 100-continue\r\nTE: trailers\r\n"
      "Connection: close, upgrade\r\nUpgrade: x\r\n\r\n";
  REQUIRE(parser.parse_head(first, head).what == HeadStep::What::done);
  parser.reset();
  const std::string second = get("");
  REQUIRE(parser.parse_head(second, head).what == HeadStep::What::done);
  CHECK(describe(head) == "request GET / 1.1 host=a upgrade= none keep_alive idempotent {Host=a}");
  CHECK_FALSE(head.host_from_target);
  std::vector<std::string_view> slices;
  CHECK(parser.parse_body("x", slices).complete);
  CHECK(slices.empty());
}

TEST_CASE("pipelined requests are read one at a time, and what follows a message is left alone (G79)") {
  const std::string two = get("Content-Length: 3\r\n") + "abc" + get("X: 2\r\n");
  RequestParser parser({});
  RequestHead head;
  const auto step = parser.parse_head(two, head);
  REQUIRE(step.what == HeadStep::What::done);
  std::vector<std::string_view> slices;
  const auto body = parser.parse_body(std::string_view(two).substr(step.consumed), slices);
  CHECK(body.complete);
  CHECK(body.consumed == 3);
  REQUIRE(slices.size() == 1);
  CHECK(slices[0] == "abc");
  CHECK(request_events(two, all_at_once()) ==
        "request GET / 1.1 host=a upgrade= length 3 keep_alive idempotent {Host=a} {Content-Length=3}\nbody [abc]\ncomplete\n"
        "request GET / 1.1 host=a upgrade= none keep_alive idempotent {Host=a} {X=2}\nbody []\ncomplete\nleft 0\n");
}

}  // namespace lastcall::proto
