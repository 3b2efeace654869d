#include <doctest/doctest.h>

#include <string>

#include "proto/http1_response.h"
#include "proto/http_forward.h"

namespace lastcall::proto {
namespace {

struct Forwarded {
  std::string head;
  Framing framing;
};

Forwarded forward(std::string_view bytes, const ResponseEdits& edits = {}) {
  ResponseParser parser({});
  parser.reset(edits.head_only);
  ResponseHead head;
  const auto step = parser.parse_head(bytes, head);
  CAPTURE(std::string(step.why));
  REQUIRE(step.what == HeadStep::What::done);
  Forwarded result;
  result.framing = append_response_head(result.head, head, edits);
  return result;
}

#define OK "HTTP/1.1 200 OK\r\n"
constexpr ResponseEdits kClose{.close = true};
constexpr ResponseEdits kOld{.client_minor = 0};
constexpr ResponseEdits kOldKeepAlive{.client_minor = 0, .client_keep_alive_10 = true};
constexpr ResponseEdits kHead{.head_only = true};

struct Case {
  std::string_view child;
  ResponseEdits edits;
  std::string_view client;
  Framing framing;
};

const Case kCases[] = {
    // Child with a length.
    {OK "Content-Length: 05\r\n\r\n", {}, OK "Content-Length: 5\r\n\r\n", Framing::length},
    {OK "Content-Length: 5\r\n\r\n", kClose, OK "Content-Length: 5\r\nConnection: close\r\n\r\n", Framing::length},
    {OK "Content-Length: 5\r\n\r\n", kOld, OK "Content-Length: 5\r\n\r\n", Framing::length},
    {OK "Content-Length: 5\r\n\r\n", kOldKeepAlive, OK "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n", Framing::length},
    {OK "Content-Length: 5\r\n\r\n", {true, 0, true, false}, OK "Content-Length: 5\r\nConnection: close\r\n\r\n", Framing::length},
    {OK "Content-Length: 0\r\n\r\n", {}, OK "Content-Length: 0\r\n\r\n", Framing::none},
    {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", {}, OK "Content-Length: 5\r\n\r\n", Framing::length},
    // Child with chunks.
    {OK "Transfer-Encoding: chunked\r\n\r\n", {}, OK "Transfer-Encoding: chunked\r\n\r\n", Framing::chunked},
    {OK "Transfer-Encoding: Chunked\r\n\r\n", kClose, OK "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n", Framing::chunked},
    {OK "Transfer-Encoding: chunked\r\n\r\n", kOld, OK "Connection: close\r\n\r\n", Framing::until_close},
    {OK "Transfer-Encoding: chunked\r\n\r\n", kOldKeepAlive, OK "Connection: close\r\n\r\n", Framing::until_close},
    // Child that closes.
    {OK "\r\n", {}, OK "Transfer-Encoding: chunked\r\n\r\n", Framing::chunked},
    {"HTTP/1.0 200 OK\r\n\r\n", {}, OK "Transfer-Encoding: chunked\r\n\r\n", Framing::chunked},
    {OK "Connection: close\r\n\r\n", kOld, OK "Connection: close\r\n\r\n", Framing::until_close},
    // No body.
    {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nA: 1\r\n\r\n", {}, "HTTP/1.1 204 No Content\r\nA: 1\r\n\r\n", Framing::none},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", kClose, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", Framing::none},
    {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", {}, "HTTP/1.1 204 No Content\r\n\r\n", Framing::none},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 05\r\n\r\n", {},
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 05\r\n\r\n", Framing::none},
    {"HTTP/1.1 304 Not Modified\r\n\r\n", kOld, "HTTP/1.1 304 Not Modified\r\n\r\n", Framing::none},
    {OK "Content-Length: 5\r\n\r\n", kHead, OK "Content-Length: 5\r\n\r\n", Framing::none},
    {OK "Transfer-Encoding: chunked\r\n\r\n", kHead, OK "\r\n", Framing::none},
    {OK "\r\n", kHead, OK "\r\n", Framing::none},
    {OK "\r\n", {true, 1, false, true}, OK "Connection: close\r\n\r\n", Framing::none},
    // Informational heads have no framing and never say close (G46, G76).
    {"HTTP/1.1 100 Continue\r\n\r\n", kClose, "HTTP/1.1 100 Continue\r\n\r\n", Framing::none},
    {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\n\r\n", {},
     "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", Framing::none},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nA: 1\r\nConnection: Upgrade\r\n\r\n", kClose,
     "HTTP/1.1 101 Switching Protocols\r\nA: 1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", Framing::none},
};

}  // namespace

TEST_CASE("a response is framed anew for its client, whatever framed it before (G57, G68, G76, G85)") {
  for (const Case& item : kCases) {
    CAPTURE(std::string(item.child));
    const auto result = forward(item.child, item.edits);
    CHECK(result.head == item.client);
    CHECK(result.framing == item.framing);
  }
}

TEST_CASE("fields of the child's hop stay behind, the others keep bytes and order (G65)") {
  CHECK(forward(OK "A:  1\r\nConnection: keep-alive, X-Gone\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nKeep-Alive: timeout=5\r\n"
                   "X-Gone: 1\r\nTrailer: X\r\nUpgrade: h2c\r\nDate: now\r\nContent-Length: 3\r\nServer: s\r\n\r\n")
            .head == OK "A:  1\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nDate: now\r\nServer: s\r\nContent-Length: 3\r\n\r\n");
}

TEST_CASE("the child's own close is between it and us") {
  CHECK(forward(OK "Connection: close\r\nContent-Length: 3\r\n\r\n").head == OK "Content-Length: 3\r\n\r\n");
}

TEST_CASE("a status without a reason, or with an unusual one, passes; the version is ours (G68)") {
  CHECK(forward("HTTP/1.0 299 Some  Thing\xe9 \r\nContent-Length: 0\r\n\r\n").head ==
        "HTTP/1.1 299 Some  Thing\xe9 \r\nContent-Length: 0\r\n\r\n");
  CHECK(forward("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n").head == "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("an answer of 426 says which protocol is wanted, as RFC 9110 section 15.5.22 demands") {
  CHECK(forward("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n").head ==
        "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(forward(OK "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n").head == OK "Content-Length: 0\r\n\r\n");
}

}  // namespace lastcall::proto
