#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "hostile_requests.h"
#include "message_events.h"

namespace lastcall::proto {
namespace {

#define POST "POST /a HTTP/1.1\r\nHost: a\r\n"

const std::vector<std::string> kRequests = {
    POST "Content-Length: 5\r\n\r\nhello" POST "Content-Length: 0\r\n\r\n\r\n" POST "\r\n",
    POST "Transfer-Encoding: chunked\r\n\r\n5;ext=\"1\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX: y\r\nZ:\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    "GET http://b/x HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nX:\t 1 \r\n\r\n\x81\x85mask",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX: a\n\r\n\r\n",
    POST "Content-Length: 5\r\n\r\nhelloBAD\x01 / HTTP/1.1\r\n",
    POST "Content-Length: 500\r\n\r\nnot all of it",
};

const std::vector<std::string> kResponses = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\n\r\nhelloextra",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n6;x\r\n world\r\n0\r\nT: 1\r\n\r\n",
    "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\ndata: 1\n\ndata: 2\n\n",
    "HTTP/1.1 304\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Le",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
};

// Every place to cut once, every small piece size, and some irregular cuts.
template <class Events>
void check_all_splits(const std::string& bytes, Events&& events) {
  const auto expected = events(bytes, all_at_once());
  for (std::size_t position = 1; position < bytes.size(); ++position) {
    CAPTURE(position);
    REQUIRE(events(bytes, split_at(position)) == expected);
  }
  for (const std::size_t size : {1, 2, 3, 5, 7}) {
    CAPTURE(size);
    REQUIRE(events(bytes, pieces_of(size)) == expected);
  }
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    REQUIRE(events(bytes, pseudo_random_pieces(seed)) == expected);
  }
}

const auto kRequestEvents = [](std::string_view bytes, const NextPiece& next) { return request_events(bytes, next); };

}  // namespace

TEST_CASE("any split of a request gives the same events") {
  for (const auto& bytes : kRequests) {
    CAPTURE(bytes);
    check_all_splits(bytes, kRequestEvents);
  }
}

TEST_CASE("any split of a hostile request gives the same refusal") {
  for (const auto requests : {hostile_request_lines(), hostile_fields(), hostile_framings()}) {
    for (const HostileRequest& request : requests) {
      CAPTURE(std::string(request.name));
      check_all_splits(std::string(request.bytes), kRequestEvents);
    }
  }
}

TEST_CASE("any split of a response gives the same events, to HEAD as well") {
  for (const bool request_was_head : {false, true}) {
    for (const auto& bytes : kResponses) {
      CAPTURE(bytes);
      check_all_splits(bytes, [&](std::string_view text, const NextPiece& next) { return response_events(text, next, request_was_head); });
    }
  }
}

TEST_CASE("any split of a response around the limits gives the same refusal") {
  const HttpLimits limits{.head = 40, .fields = 2};
  for (const auto* bytes : {"HTTP/1.1 200 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\r\n",
                            "HTTP/1.1 200 OK\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\r\n",
                            "HTTP/1.1 200 OK\r\nX:\r\nX:\r\nX:\r\n \r\n\r\n"}) {
    CAPTURE(std::string(bytes));
    check_all_splits(bytes, [&](std::string_view text, const NextPiece& next) { return response_events(text, next, false, limits); });
  }
}

TEST_CASE("any split around the limits gives the same refusal") {
  const HttpLimits small{.request_line = 24, .head = 64, .fields = 3, .chunk_extensions = 4, .trailers = 8};
  const HttpLimits head_first{.request_line = 100, .head = 40, .fields = 3, .chunk_extensions = 4, .trailers = 8};
  for (const HttpLimits& limits : {small, head_first}) {
    for (const auto* bytes : {"GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\nHost: a\r\n\r\n",
                              "GET / HTTP/1.1\r\nHost: a\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\r\n",
                              "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\nX: 3\r\n fold\r\n\r\n",
                              "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost:\r\n\r\n1;abcd\r\nx\r\n0\r\n\r\n",
                              "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost:\r\n\r\n0\r\nX: abcdefgh\r\n\r\n"}) {
      CAPTURE(std::string(bytes));
      check_all_splits(bytes, [&](std::string_view text, const NextPiece& next) { return request_events(text, next, limits); });
    }
  }
}

}  // namespace lastcall::proto
