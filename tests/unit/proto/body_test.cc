#include <doctest/doctest.h>

#include <string>

#include "message_events.h"
#include "proto/http1_response.h"
#include "proto/http_forward.h"

namespace lastcall::proto {
namespace {

constexpr std::string_view kChunkedHead = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

struct Body {
  std::string payload;
  BodyStep step;
};

Body read_chunks(std::string_view data) {
  RequestParser parser({});
  RequestHead head;
  REQUIRE(parser.parse_head(kChunkedHead, head).what == HeadStep::What::done);
  REQUIRE(head.framing == Framing::chunked);
  Body body;
  std::vector<std::string_view> slices;
  body.step = parser.parse_body(data, slices);
  for (const auto slice : slices) body.payload.append(slice);
  return body;
}

}  // namespace

TEST_CASE("chunks come out as their payload alone, and the bytes after the last one stay") {
  const auto body = read_chunks("5\r\nhello\r\n1;x=y\r\n \r\n0A\r\nworld01234\r\n0\r\nTrailer: gone\r\n\r\nGET /");
  CHECK(body.step.complete);
  CHECK(body.payload == "hello world01234");
  CHECK(body.step.consumed == std::string_view("5\r\nhello\r\n1;x=y\r\n \r\n0A\r\nworld01234\r\n0\r\nTrailer: gone\r\n\r\n").size());
}

TEST_CASE("chunk data may hold what looks like framing") {
  CHECK(read_chunks("7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n").payload == "0\r\n\r\n\r\n");
}

TEST_CASE("a broken chunk says why, keeps what came before it, and stays broken") {
  RequestParser parser({});
  RequestHead head;
  REQUIRE(parser.parse_head(kChunkedHead, head).what == HeadStep::What::done);
  std::vector<std::string_view> slices;
  const auto step = parser.parse_body("2\r\nab\r\nzz", slices);
  CHECK(step.invalid);
  CHECK_FALSE(step.complete);
  CHECK(std::string(step.why) == "malformed chunk size");
  REQUIRE(slices.size() == 1);
  CHECK(slices[0] == "ab");
  CHECK(parser.parse_body("0\r\n\r\n", slices).invalid);
}

TEST_CASE("what we write as chunks reads back as the same payload") {
  const std::string payload(70'000, 'p');
  std::string wire;
  for (const std::size_t size : {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{0xabcd}, payload.size()}) {
    append_chunk_header(wire, size);
    wire.append(payload, 0, size).append(kChunkEnd);
  }
  wire.append("0\r\n\r\n");
  CHECK(wire.starts_with("1\r\np\r\nf\r\n"));
  CHECK(wire.find("\r\nabcd\r\n") != std::string::npos);
  const auto body = read_chunks(wire);
  CHECK(body.step.complete);
  CHECK(body.step.consumed == wire.size());
  CHECK(body.payload.size() == 1 + 15 + 16 + 0xabcd + payload.size());
}

TEST_CASE("a body of a length ends with its last byte, however it arrives") {
  RequestParser parser({});
  RequestHead head;
  const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
  REQUIRE(parser.parse_head(bytes, head).what == HeadStep::What::done);
  std::vector<std::string_view> slices;
  auto step = parser.parse_body("hel", slices);
  CHECK(step.consumed == 3);
  CHECK_FALSE(step.complete);
  step = parser.parse_body("", slices);
  CHECK_FALSE(step.complete);
  CHECK_FALSE(step.invalid);
  step = parser.parse_body("loGET /", slices);
  CHECK(step.consumed == 2);
  CHECK(step.complete);
  step = parser.parse_body("GET /", slices);
  CHECK(step.consumed == 0);
  CHECK(step.complete);
  CHECK(slices.size() == 2);
}

TEST_CASE("a length of zero is no body, and the next request may follow at once") {
  CHECK(request_events("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", all_at_once()) ==
        "request POST / 1.1 host=a upgrade= none keep_alive {Host=a} {Content-Length=0}\nbody []\ncomplete\n"
        "request GET / 1.1 host=a upgrade= none keep_alive idempotent {Host=a}\nbody []\ncomplete\nleft 0\n");
}

TEST_CASE("the child's end completes only what ends with it (G57)") {
  const auto ends = [](std::string_view bytes) { return response_events(bytes, all_at_once()); };
  CHECK(ends("HTTP/1.1 200 OK\r\n\r\nall").ends_with("body [all]\ncomplete\nleft 0\n"));
  CHECK(ends("HTTP/1.1 200 OK\r\n\r\n").ends_with("body []\ncomplete\nleft 0\n"));
  CHECK(ends("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nall").ends_with("invalid 400 closed before the message was complete\n"));
  CHECK(ends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n0\r\n").ends_with("before the message was complete\n"));
  CHECK(ends("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n").ends_with("closed before the head was complete\n"));
  CHECK(ends("").ends_with("closed before the head was complete\n"));
  CHECK(ends("HTTP/1.1 100 Continue\r\n\r\n").ends_with("closed before the head was complete\n"));
}

}  // namespace lastcall::proto
