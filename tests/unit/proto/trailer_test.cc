#include <doctest/doctest.h>

#include <string>

#include "message_events.h"
#include "proto/http1_response.h"
#include "proto/http_forward.h"
#include "proto/request_route.h"
#include "proto/trailer_fields.h"

namespace lastcall::proto {
namespace {

constexpr std::string_view kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

// The trailers that would be passed on, in whatever pieces they came.
std::string kept(std::string_view trailers, const NextPiece& next = all_at_once()) {
  const auto events = response_events(std::string(kChunked) + "2\r\nab\r\n0\r\n" + std::string(trailers) + "\r\n", next);
  REQUIRE(events.ends_with("complete\nleft 0\n"));
  const auto begin = events.find("trailers [");
  if (begin == std::string::npos) return "";
  return events.substr(begin + 10, events.find("]\n", begin) - begin - 10);
}

std::string announced(std::string_view fields, bool trailers) {
  ResponseParser parser({});
  parser.reset(false, trailers);
  ResponseHead head;
  const std::string bytes = "HTTP/1.1 200 OK\r\n" + std::string(fields) + "Transfer-Encoding: chunked\r\n\r\n";
  REQUIRE(parser.parse_head(bytes, head).what == HeadStep::What::done);
  std::string out;
  append_response_head(out, head, {.trailers = trailers});
  return out;
}

std::string sent_te(std::string_view fields) {
  RequestParser parser({});
  RequestHead head;
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  REQUIRE(parser.parse_head(bytes, head).what == HeadStep::What::done);
  REQUIRE_FALSE(route_request(head, {}, {}));
  std::string out;
  append_request_head(out, head, {}, {});
  return out.substr(out.find("X-Forwarded-Host: a\r\n") + 21);
}

}  // namespace

TEST_CASE("trailers are passed on byte for byte, in order (G77)") {
  CHECK(kept("X-Checksum:  abc \r\ngrpc-status: 0\r\n") == "X-Checksum:  abc \r\ngrpc-status: 0\r\n");
  CHECK(kept("").empty());
}

TEST_CASE("no trailer can say what only a head may say (G77)") {
  for (const char* name : {"Content-Length", "transfer-encoding", "Host", "TE", "Trailer", "Connection", "Authorization", "Set-Cookie",
                           "Cookie", "Content-Type", "Content-Encoding", "Cache-Control", "X-Forwarded-For", "X_Forwarded_For",
                           "Forwarded", "Via", "Location", "Content_Length"}) {
    CAPTURE(std::string(name));
    CHECK(kept("A: 1\r\n" + std::string(name) + ": 5\r\nB: 2\r\n") == "A: 1\r\nB: 2\r\n");
    CHECK_FALSE(may_be_trailer(name));
  }
  CHECK(may_be_trailer("grpc-status"));
  CHECK(may_be_trailer("Server-Timing"));
  CHECK_FALSE(may_be_trailer(""));
}

TEST_CASE("trailers are the same however they arrive") {
  constexpr std::string_view kTrailers = "A: 1\r\nContent-Length: 5\r\nGrpc-Message: two words\r\n";
  for (std::size_t size = 1; size < 20; ++size) CHECK(kept(kTrailers, pieces_of(size)) == "A: 1\r\nGrpc-Message: two words\r\n");
}

TEST_CASE("trailers that nobody asked for are dropped, those of requests always (G77)") {
  ResponseParser parser({});
  parser.reset(false, false);
  ResponseHead head;
  REQUIRE(parser.parse_head(kChunked, head).what == HeadStep::What::done);
  std::vector<std::string_view> slices;
  const auto step = parser.parse_body("0\r\nA: 1\r\n\r\n", slices);
  CHECK(step.complete);
  CHECK(step.trailers.empty());
  const auto request = request_events("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: 1\r\n\r\n", all_at_once());
  CHECK(request.find("trailers") == std::string::npos);
  CHECK(request.ends_with("complete\nleft 0\n"));
}

TEST_CASE("the trailers of one answer are not those of the next") {
  ResponseParser parser({});
  ResponseHead head;
  std::vector<std::string_view> slices;
  for (const char* body : {"0\r\nA: 1\r\n\r\n", "0\r\n\r\n"}) {
    parser.reset(false, true);
    REQUIRE(parser.parse_head(kChunked, head).what == HeadStep::What::done);
    const auto step = parser.parse_body(body, slices);
    CHECK(step.trailers == (std::string_view(body).find('A') != std::string_view::npos ? "A: 1\r\n" : ""));
  }
}

TEST_CASE("the names of trailers are announced to who asked for them, without those that can't come (G77)") {
  CHECK(announced("Trailer: X-Sum, Content-Length\r\nTrailer: Grpc-Status\r\n", true).find("\r\nTrailer: X-Sum, Grpc-Status\r\n") !=
        std::string::npos);
  CHECK(announced("Trailer: Content-Length\r\n", true).find("Trailer") == std::string::npos);
  CHECK(announced("Trailer: X-Sum\r\n", false).find("Trailer") == std::string::npos);
}

TEST_CASE("of TE only trailers goes on, with its name in Connection (G66)") {
  CHECK(sent_te("TE: gzip, trailers\r\n") == "Connection: TE\r\nTE: trailers\r\n\r\n");
  CHECK(sent_te("TE: gzip\r\nTE: Trailers\r\nConnection: TE\r\n") == "Connection: TE\r\nTE: trailers\r\n\r\n");
  CHECK(sent_te("TE: gzip\r\n") == "\r\n");
  CHECK(sent_te("TE: trailers\r\nConnection: upgrade\r\nUpgrade: websocket\r\n") ==
        "Connection: upgrade, TE\r\nTE: trailers\r\nUpgrade: websocket\r\n\r\n");
}

TEST_CASE("an HTTP/1.0 client can't take trailers (G68, G77)") {
  RequestParser parser({});
  RequestHead head;
  REQUIRE(parser.parse_head("GET / HTTP/1.0\r\nTE: trailers\r\n\r\n", head).what == HeadStep::What::done);
  CHECK_FALSE(head.te_trailers);
}

}  // namespace lastcall::proto
