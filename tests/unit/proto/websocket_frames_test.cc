#include "proto/websocket_frames.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lastcall::proto {
namespace {

enum Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close_ = 8, ping = 9, pong = 10 };

struct FrameForm {
  bool final = true;
  bool masked = false;
  std::uint8_t reserved = 0;  // RSV1 to RSV3: permessage-deflate sets the first
};

std::string frame(Opcode opcode, std::size_t size, FrameForm form = {}) {
  std::string bytes;
  const auto byte = [&](std::size_t value) { bytes.push_back(static_cast<char>(value & 0xff)); };
  byte((form.final ? 0x80U : 0U) | static_cast<unsigned>(form.reserved << 4) | opcode);
  const std::size_t mask = form.masked ? 0x80 : 0;
  if (size < 126) {
    byte(mask | size);
  } else if (size < 65536) {
    byte(mask | 126);
    byte(size >> 8);
    byte(size);
  } else {
    byte(mask | 127);
    for (int shift = 56; shift >= 0; shift -= 8) byte(size >> shift);
  }
  if (form.masked) bytes += "mask";
  // A payload that looks like frames: nothing in it may be taken for one.
  for (std::size_t i = 0; i < size; ++i) byte(i % 2 == 0 ? 0x88U : 0x00U);
  return bytes;
}

std::vector<std::string> all_sizes(bool masked) {
  std::vector<std::string> frames;
  for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 127UL, 65535UL, 65536UL, 70000UL}) {
    frames.push_back(frame(binary, size, {.masked = masked}));
  }
  return frames;
}

}  // namespace

TEST_CASE("a boundary is before the first frame and behind each whole one, and nowhere within (G71)") {
  for (const bool masked : {false, true}) {
    for (const std::string& bytes : all_sizes(masked)) {
      CAPTURE(bytes.size());
      WebSocketFrames frames;
      CHECK(frames.at_boundary());
      std::size_t boundaries = 0;
      for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
        frames.follow({&bytes[i], 1});
        if (frames.at_boundary()) ++boundaries;
      }
      CHECK(boundaries == 0);
      CHECK(frames.frames() == 0);
      frames.follow({&bytes.back(), 1});
      CHECK(frames.at_boundary());
      CHECK(frames.frames() == 1);
    }
  }
}

TEST_CASE("the bytes to a frame's end are known as soon as its header is whole (G71)") {
  for (const std::size_t size : {1UL, 125UL, 126UL, 65535UL, 65536UL}) {
    const std::string bytes = frame(text, size, {.masked = true});
    const std::size_t header = bytes.size() - size;
    WebSocketFrames frames;
    CHECK(frames.left_in_frame() == 0);
    for (std::size_t i = 0; i < header - 1; ++i) {
      frames.follow({&bytes[i], 1});
      CHECK(frames.left_in_frame() == std::nullopt);
    }
    frames.follow({&bytes[header - 1], 1});
    CHECK(frames.left_in_frame() == size);
    frames.follow({&bytes[header], 1});
    CHECK(frames.left_in_frame() == size - 1);
  }
}

TEST_CASE("the largest length that RFC 6455 allows is counted, not allocated") {
  WebSocketFrames frames;
  frames.follow(std::string("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10));
  CHECK(frames.left_in_frame() == UINT64_C(0x7fffffffffffffff));
  frames.follow(std::string(100'000, 'x'));
  CHECK(frames.left_in_frame() == UINT64_C(0x7fffffffffffffff) - 100'000);
}

TEST_CASE("many frames at once, and any split of them, end where they end") {
  std::string bytes;
  for (const bool masked : {false, true}) {
    for (const std::string& one : all_sizes(masked)) bytes += one;
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1000}, std::size_t{65537}, bytes.size()}) {
    CAPTURE(piece);
    WebSocketFrames frames;
    for (std::size_t at = 0; at < bytes.size(); at += piece) frames.follow(std::string_view(bytes).substr(at, piece));
    CHECK(frames.at_boundary());
    CHECK(frames.frames() == 16);
    CHECK_FALSE(frames.close_seen());
  }
}

TEST_CASE("following one frame stops behind it, so that a Close can take the next place (G70)") {
  const std::string first = frame(text, 300);
  const std::string second = frame(text, 5);
  WebSocketFrames frames;
  frames.follow(first.substr(0, 3));
  const std::string rest = first.substr(3) + second;
  CHECK(frames.follow_frame(rest) == first.size() - 3);
  CHECK(frames.at_boundary());
  CHECK(frames.follow_frame(second) == 0);  // a frame that was not begun is not begun now
  CHECK(frames.at_boundary());
  frames.follow(second);
  CHECK(frames.frames() == 2);
}

TEST_CASE("within a frame, following it takes all that has come of it") {
  const std::string bytes = frame(text, 300);
  WebSocketFrames frames;
  frames.follow(bytes.substr(0, 1));
  CHECK(frames.follow_frame(std::string_view(bytes).substr(1, 100)) == 100);
  CHECK_FALSE(frames.at_boundary());
  CHECK(frames.follow_frame("") == 0);
}

TEST_CASE("a Close counts when its last byte has passed (G70, G72)") {
  for (const std::size_t size : {0UL, 2UL, 125UL}) {
    const std::string bytes = frame(close_, size, {.masked = true});
    WebSocketFrames frames;
    frames.follow(frame(text, 3) + bytes.substr(0, bytes.size() - 1));
    CHECK_FALSE(frames.close_seen());
    frames.follow(bytes.substr(bytes.size() - 1));
    CHECK(frames.close_seen());
  }
}

TEST_CASE("a fragmented message is open between its first and its last frame, whatever control frames stand between (G70)") {
  WebSocketFrames frames;
  const auto open_after = [&](const std::string& bytes) {
    frames.follow(bytes);
    return frames.in_message() && frames.at_boundary();
  };
  CHECK(open_after(frame(text, 3, {.final = false})));
  CHECK(open_after(frame(ping, 4)));
  CHECK(open_after(frame(continuation, 200, {.final = false})));
  CHECK(open_after(frame(pong, 0)));
  CHECK_FALSE(open_after(frame(continuation, 0)));
  CHECK_FALSE(open_after(frame(binary, 7)));
}

TEST_CASE("extensions' bits and unknown opcodes move no boundary (G70)") {
  WebSocketFrames frames;
  frames.follow(frame(text, 300, {.reserved = 4}) + frame(static_cast<Opcode>(3), 9) + frame(static_cast<Opcode>(0xb), 9));
  CHECK(frames.at_boundary());
  CHECK(frames.frames() == 3);
}

TEST_CASE("a length in more bytes than it needs is followed all the same") {
  WebSocketFrames frames;
  frames.follow(std::string("\x82\x7e\x00\x02", 4) + "ab" + std::string("\x82\x7f\0\0\0\0\0\0\0\x01", 10) + "a");
  CHECK(frames.frames() == 2);
  CHECK(frames.at_boundary());
}

TEST_CASE("what no peer may send breaks the count for good: no boundary is claimed after it (G71)") {
  const std::string cases[] = {
      std::string("\x88\x7e\x00\x7e", 4),              // a Close of 126 bytes
      std::string("\x89\xff", 2),                      // a Ping with a 64-bit length
      std::string("\x09\x01x", 3),                     // a fragmented Ping
      std::string("\x08\x00", 2),                      // a fragmented Close
      std::string("\x82\x7f\x80\0\0\0\0\0\0\0", 10),  // a length of 2^63
  };
  for (const std::string& bytes : cases) {
    for (const std::size_t piece : {std::size_t{1}, bytes.size()}) {
      WebSocketFrames frames;
      frames.follow(frame(text, 3));
      for (std::size_t at = 0; at < bytes.size(); at += piece) frames.follow(std::string_view(bytes).substr(at, piece));
      CHECK(frames.broken());
      CHECK_FALSE(frames.close_seen());
      const std::string more = frame(text, 3) + frame(close_, 2);
      CHECK(frames.follow_frame(more) == more.size());
      frames.follow(more);
      CHECK(frames.broken());
      CHECK_FALSE(frames.at_boundary());
      CHECK_FALSE(frames.close_seen());
      CHECK(frames.left_in_frame() == std::nullopt);
      CHECK(frames.frames() == 1);
    }
  }
}

TEST_CASE("a Close to a client is not masked, one to a server is (G70)") {
  CHECK(make_close_frame(kGoingAway, "", std::nullopt) == std::string("\x88\x02\x03\xe9", 4));
  CHECK(make_close_frame(kGoingAway, "bye", std::nullopt) == std::string("\x88\x05\x03\xe9", 4) + "bye");
  const std::array<std::uint8_t, 4> mask{0x01, 0x02, 0x04, 0x08};
  CHECK(make_close_frame(kGoingAway, "bye", mask) ==
        std::string("\x88\x85\x01\x02\x04\x08\x02\xeb", 8) + std::string{static_cast<char>('b' ^ 4), static_cast<char>('y' ^ 8), static_cast<char>('e' ^ 1)});
}

TEST_CASE("a reason is cut to what a Close can hold, between two characters (G70)") {
  CHECK(make_close_frame(1001, std::string(123, 'a'), std::nullopt).size() == 127);
  CHECK(make_close_frame(1001, std::string(124, 'a'), std::nullopt).size() == 127);
  std::string accents;
  for (int i = 0; i < 70; ++i) accents += "\xc3\xa9";
  const std::string cut = make_close_frame(1001, accents, std::nullopt);
  CHECK(cut.size() == 4 + 122);
  CHECK(cut.ends_with("\xc3\xa9"));
}

TEST_CASE("our own Close is a whole frame by our own count") {
  for (const bool masked : {false, true}) {
    WebSocketFrames frames;
    frames.follow(make_close_frame(1001, "going away", masked ? std::optional(std::array<std::uint8_t, 4>{1, 2, 3, 4}) : std::nullopt));
    CHECK(frames.close_seen());
    CHECK(frames.at_boundary());
    CHECK(frames.frames() == 1);
  }
}

}  // namespace lastcall::proto
