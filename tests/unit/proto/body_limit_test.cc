#include <doctest/doctest.h>

#include <string>

#include "message_events.h"
#include "proto/http1_response.h"

namespace lastcall::proto {
namespace {

constexpr HttpLimits kTen{.body = 10};

std::string with_length(std::size_t size) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
}

std::string in_chunks(std::initializer_list<std::size_t> sizes) {
  std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::size_t size : sizes) bytes += std::string(1, "0123456789abcdef"[size]) + "\r\n" + std::string(size, 'x') + "\r\n";
  return bytes + "0\r\n\r\n";
}

bool too_large(const std::string& bytes, const HttpLimits& limits, const NextPiece& next = all_at_once()) {
  const auto events = request_events(bytes, next, limits);
  const bool refused = events.find("invalid 413 request body too large") != std::string::npos;
  CHECK(refused != events.ends_with("complete\nleft 0\n"));
  return refused;
}

}  // namespace

TEST_CASE("a body of the limit passes and one byte more is refused, by length and by chunks (G92)") {
  CHECK_FALSE(too_large(with_length(9), kTen));
  CHECK_FALSE(too_large(with_length(10), kTen));
  CHECK(too_large(with_length(11), kTen));
  CHECK_FALSE(too_large(in_chunks({9}), kTen));
  CHECK_FALSE(too_large(in_chunks({4, 6}), kTen));
  CHECK(too_large(in_chunks({11}), kTen));
  CHECK(too_large(in_chunks({4, 6, 1}), kTen));
}

TEST_CASE("a length over the limit is refused by the head alone, before a byte of the body (G92)") {
  RequestParser parser(kTen);
  RequestHead head;
  const auto step = parser.parse_head("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n", head);
  CHECK(step.what == HeadStep::What::invalid);
  CHECK(step.status == 413);
}

TEST_CASE("the verdict on a chunked body does not depend on how it arrives") {
  for (std::size_t size = 1; size < 12; ++size) {
    CHECK(too_large(in_chunks({4, 6, 1}), kTen, pieces_of(size)));
    CHECK_FALSE(too_large(in_chunks({4, 6}), kTen, pieces_of(size)));
  }
}

TEST_CASE("every request has the whole limit, and nothing limits a body unless it is asked for (G92)") {
  CHECK_FALSE(too_large(in_chunks({8}) + in_chunks({8}) + with_length(8), kTen));
  CHECK_FALSE(too_large(with_length(100'000), {}));
}

TEST_CASE("the limit is for requests: an answer may be as large as it likes") {
  const std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n" + std::string(15, 'x') + "\r\n0\r\n\r\n";
  CHECK(response_events(answer, all_at_once(), false, kTen).ends_with("complete\nleft 0\n"));
}

}  // namespace lastcall::proto
