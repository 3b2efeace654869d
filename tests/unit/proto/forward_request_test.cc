#include <doctest/doctest.h>

#include <string>

#include "proto/http1_request.h"
#include "proto/http_forward.h"
#include "proto/request_route.h"

namespace lastcall::proto {
namespace {

const ForwardPolicy kPolicy{.via = true, .pseudonym = "lastcall-1f"};
constexpr ClientFacts kClient{.host = "192.0.2.7"};
constexpr std::string_view kOurs =
    "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\nVia: 1.1 lastcall-1f\r\n";

std::string forward(std::string_view bytes) {
  RequestParser parser({});
  RequestHead head;
  const auto step = parser.parse_head(bytes, head);
  CAPTURE(std::string(step.why));
  REQUIRE(step.what == HeadStep::What::done);
  std::string out = "kept before ";
  REQUIRE_FALSE(route_request(head, kPolicy, kClient));
  append_request_head(out, head, kPolicy, kClient);
  REQUIRE(out.starts_with("kept before "));
  return out.substr(12);
}

std::string get(std::string_view fields) { return forward("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n"); }
// What the child sees of `fields`, without the lines that are always there.
std::string kept(std::string_view fields) {
  const std::string out = get(fields);
  constexpr std::string_view kStart = "GET / HTTP/1.1\r\nHost: a\r\n";
  REQUIRE(out.starts_with(kStart));
  const auto ours = out.find(kOurs);
  REQUIRE(ours != std::string::npos);
  return out.substr(kStart.size(), ours - kStart.size()) + "|" + out.substr(ours + kOurs.size());
}

}  // namespace

TEST_CASE("a request reaches the child byte for byte, with our lines after the client's") {
  CHECK(forward("GET /a%2f..//b?x=%0a HTTP/1.1\r\nhOsT:   a\r\nX-One:  1 \r\nx-two:2\r\n\r\n") ==
        "GET /a%2f..//b?x=%0a HTTP/1.1\r\nhOsT:   a\r\nX-One:  1 \r\nx-two:2\r\n" + std::string(kOurs) + "\r\n");
}

TEST_CASE("fields of one hop stay behind wherever they stand (G65)") {
  CHECK(kept("Connection: keep-alive, X-Gone\r\nA: 1\r\nKeep-Alive: timeout=5\r\nB: 2\r\nC: 3\r\nx-gone: 4\r\nD: 5\r\nTE: gzip\r\n") ==
        "A: 1\r\nB: 2\r\nC: 3\r\nD: 5\r\n|\r\n");
  CHECK(kept("Proxy-Connection: keep-alive\r\nTrailer: X\r\n") == "|\r\n");
  CHECK(kept("Connection: close\r\n") == "|\r\n");
}

TEST_CASE("what a client says about itself is replaced by what we know (G95)") {
  CHECK(kept("X-Forwarded-For: 1.1.1.1\r\nA: 1\r\nx-forwarded-PROTO: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\n"
             "Forwarded: for=1.1.1.1\r\nX_Forwarded_For: 1.1.1.1\r\nX-Forwarded_Host: evil\r\nB: 2\r\n") == "A: 1\r\nB: 2\r\n|\r\n");
  CHECK(kept("X-Forwarded-Prefix: /p\r\nX-Forwarded: 1\r\n") == "X-Forwarded-Prefix: /p\r\nX-Forwarded: 1\r\n|\r\n");
}

TEST_CASE("a Connection that names our own fields can't remove them (G65)") {
  CHECK(kept("Connection: close, X-Forwarded-For, Host, Via, Cookie\r\nCookie: c\r\nVia: 1.1 edge\r\n") ==
        "Cookie: c\r\nVia: 1.1 edge\r\n|\r\n");
}

TEST_CASE("framing is written anew and never copied (G85)") {
  CHECK(kept("Content-Length: 0005\r\nA: 1\r\n") == "A: 1\r\n|Content-Length: 5\r\n\r\n");
  CHECK(kept("Content-Length: 0\r\n") == "|Content-Length: 0\r\n\r\n");
  CHECK(kept("transfer-encoding: CHUNKED\r\n") == "|Transfer-Encoding: chunked\r\n\r\n");
  CHECK(kept("Content-Length: 9223372036854775807\r\n") == "|Content-Length: 9223372036854775807\r\n\r\n");
  CHECK(kept("") == "|\r\n");
}

TEST_CASE("an Upgrade passes with our own Connection, h2c and its settings do not (G69)") {
  CHECK(kept("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n") ==
        "Sec-WebSocket-Version: 13\r\n|Connection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(kept("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n") == "|\r\n");
  CHECK(kept("HTTP2-Settings: AAMA\r\nUpgrade: h2c\r\n") == "|\r\n");
  CHECK(kept("Connection: upgrade\r\nUpgrade: h2c, websocket\r\n") == "|Connection: upgrade\r\nUpgrade: websocket\r\n\r\n");
}

TEST_CASE("an absolute-form becomes an origin-form with its authority as the only Host (G83)") {
  const std::string ours = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: b:81\r\nVia: 1.1 lastcall-1f\r\n\r\n";
  CHECK(forward("GET http://b:81/p HTTP/1.1\r\nA: 1\r\nHost: a\r\nB: 2\r\n\r\n") ==
        "GET /p HTTP/1.1\r\nHost: b:81\r\nA: 1\r\nB: 2\r\n" + ours);
  CHECK(forward("GET http://b:81?q HTTP/1.1\r\nHost: a\r\n\r\n") == "GET /?q HTTP/1.1\r\nHost: b:81\r\n" + ours);
  CHECK(forward("GET http://b:81 HTTP/1.1\r\nHost: a\r\n\r\n") == "GET / HTTP/1.1\r\nHost: b:81\r\n" + ours);
  CHECK(forward("OPTIONS http://b:81 HTTP/1.1\r\nHost: a\r\n\r\n") == "OPTIONS * HTTP/1.1\r\nHost: b:81\r\n" + ours);
}

TEST_CASE("an HTTP/1.0 request goes on as HTTP/1.1 with a Host, and Via tells its version (G67, G68)") {
  CHECK(forward("GET / HTTP/1.0\r\nA: 1\r\nExpect: 100-continue\r\n\r\n") ==
        "GET / HTTP/1.1\r\nHost: \r\nA: 1\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\nVia: 1.0 lastcall-1f\r\n\r\n");
  CHECK(forward("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").starts_with("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded"));
}

TEST_CASE("an expectation goes on to the child, who answers it (G55)") {
  CHECK(kept("Expect: 100-continue\r\nContent-Length: 3\r\n") == "Expect: 100-continue\r\n|Content-Length: 3\r\n\r\n");
}

TEST_CASE("what we forward is a request that we would accept ourselves") {
  for (const auto* bytes : {"GET http://b?q HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
                            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: a, b\r\nA: 1\r\nB: 2\r\n\r\n"}) {
    const auto once = forward(bytes);
    RequestParser parser({});
    RequestHead head;
    const auto step = parser.parse_head(once, head);
    CHECK(step.what == HeadStep::What::done);
    CHECK(step.consumed == once.size());
  }
}

}  // namespace lastcall::proto
