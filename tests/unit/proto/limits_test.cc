#include <doctest/doctest.h>

#include <string>

#include "message_events.h"
#include "proto/http1_response.h"

namespace lastcall::proto {
namespace {

constexpr HttpLimits kLimits;

std::string request_with_line_of(std::size_t size) {
  constexpr std::string_view kRest = "GET / HTTP/1.1";
  return "GET /" + std::string(size - kRest.size(), 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string request_with_head_of(std::size_t size) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
}

std::string response_with_head_of(std::size_t size) {
  const std::string start = "HTTP/1.1 204 No Content\r\nX: ";
  return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
}

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "X: y\r\n";
  return text;
}

HeadStep request_head(std::string_view bytes) {
  RequestParser parser(kLimits);
  RequestHead head;
  return parser.parse_head(bytes, head);
}

HeadStep response_head(std::string_view bytes) {
  ResponseParser parser(kLimits);
  parser.reset(false);
  ResponseHead head;
  return parser.parse_head(bytes, head);
}

void check_status(const HeadStep& step, std::uint16_t status) {
  CHECK(step.what == HeadStep::What::invalid);
  CHECK(step.status == status);
}

BodyStep chunked_body(const std::string& body) {
  RequestParser parser(kLimits);
  RequestHead head;
  const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  REQUIRE(parser.parse_head(bytes, head).what == HeadStep::What::done);
  std::vector<std::string_view> slices;
  return parser.parse_body(body, slices);
}

}  // namespace

TEST_CASE("a request line of 8 KiB is read, one byte more is 414 (G92)") {
  CHECK(request_head(request_with_line_of(kLimits.request_line - 1)).what == HeadStep::What::done);
  CHECK(request_head(request_with_line_of(kLimits.request_line)).what == HeadStep::What::done);
  check_status(request_head(request_with_line_of(kLimits.request_line + 1)), 414);
}

TEST_CASE("a request line without an end is 414 as soon as its end could only come too late (G92)") {
  const std::string line = "GET /" + std::string(kLimits.request_line, 'a');
  CHECK(request_head(line.substr(0, kLimits.request_line + 1)).what == HeadStep::What::need_more);  // CR may be its last byte
  check_status(request_head(line.substr(0, kLimits.request_line + 2)), 414);
}

TEST_CASE("a request head of 64 KiB is read, one byte more is 431 (G92)") {
  CHECK(request_head(request_with_head_of(kLimits.head - 1)).what == HeadStep::What::done);
  const auto step = request_head(request_with_head_of(kLimits.head));
  CHECK(step.what == HeadStep::What::done);
  CHECK(step.consumed == kLimits.head);
  check_status(request_head(request_with_head_of(kLimits.head + 1)), 431);
}

TEST_CASE("a head without an end is 431 when 64 KiB are full, whatever follows (G92)") {
  const auto head = request_with_head_of(kLimits.head + 1000);
  CHECK(request_head(head.substr(0, kLimits.head - 1)).what == HeadStep::What::need_more);
  check_status(request_head(head.substr(0, kLimits.head)), 431);
}

TEST_CASE("the limit of a head counts from its first byte, not from empty lines before it (G92)") {
  const auto step = request_head("\r\n\r\n" + request_with_head_of(kLimits.head));
  CHECK(step.what == HeadStep::What::done);
  CHECK(step.consumed == kLimits.head + 4);
}

TEST_CASE("128 fields are read, one more is 431 (G92)") {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  CHECK(request_head(start + lines(126) + "\r\n").what == HeadStep::What::done);
  CHECK(request_head(start + lines(127) + "\r\n").what == HeadStep::What::done);
  check_status(request_head(start + lines(128) + "\r\n"), 431);
  check_status(request_head(start + lines(128)), 431);  // without waiting for the end
}

TEST_CASE("a response head of 64 KiB is read, one byte more is 502 (G92)") {
  CHECK(response_head(response_with_head_of(kLimits.head - 1)).what == HeadStep::What::done);
  CHECK(response_head(response_with_head_of(kLimits.head)).what == HeadStep::What::done);
  check_status(response_head(response_with_head_of(kLimits.head + 1)), 502);
}

TEST_CASE("a response of 128 fields is read, one more is 502 (G92)") {
  const std::string start = "HTTP/1.1 204 No Content\r\n";
  CHECK(response_head(start + lines(127) + "\r\n").what == HeadStep::What::done);
  CHECK(response_head(start + lines(128) + "\r\n").what == HeadStep::What::done);
  check_status(response_head(start + lines(129) + "\r\n"), 502);
}

TEST_CASE("a status line may be longer than a request line") {
  CHECK(response_head("HTTP/1.1 200 " + std::string(kLimits.request_line * 2, 'r') + "\r\n\r\n").what == HeadStep::What::done);
}

TEST_CASE("chunk extensions of 4 KiB in a message are dropped, one byte more is refused (G85)") {
  const auto body = [](std::size_t size) { return "1;" + std::string(size - 1, 'e') + "\r\nx\r\n0\r\n\r\n"; };
  CHECK(chunked_body(body(kLimits.chunk_extensions - 1)).complete);
  CHECK(chunked_body(body(kLimits.chunk_extensions)).complete);
  CHECK(chunked_body(body(kLimits.chunk_extensions + 1)).invalid);
}

TEST_CASE("chunk extensions are counted over the message, not the chunk (G85)") {
  std::string body;
  for (std::size_t i = 0; i < kLimits.chunk_extensions / 4; ++i) body += "1;abc\r\nx\r\n";
  CHECK(chunked_body(body + "0\r\n\r\n").complete);
  CHECK(chunked_body(body + "0;\r\n\r\n").invalid);
}

TEST_CASE("trailers of 8 KiB are dropped, one byte more is refused (G92)") {
  const auto body = [](std::size_t size) { return "0\r\nX:" + std::string(size - 4, 't') + "\r\n\r\n"; };
  CHECK(chunked_body(body(kLimits.trailers - 1)).complete);
  CHECK(chunked_body(body(kLimits.trailers)).complete);
  CHECK(chunked_body(body(kLimits.trailers + 1)).invalid);
}

TEST_CASE("limits are the parser's own: small ones hold as well") {
  const HttpLimits small{.request_line = 20, .head = 60, .fields = 2, .chunk_extensions = 3, .trailers = 6};
  const auto events = [&](std::string_view bytes) { return request_events(bytes, all_at_once(), small); };
  CHECK(events("GET /234567 HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("request "));
  CHECK(events("GET /2345678 HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("invalid 414"));
  CHECK(events("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nX: y\r\n\r\n").starts_with("invalid 431"));
  CHECK(events("GET / HTTP/1.1\r\nHost: a\r\nX: 012345678901234567890123456789\r\n\r\n").starts_with("invalid 431"));
}

}  // namespace lastcall::proto
