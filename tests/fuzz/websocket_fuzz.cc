// Any split of the same bytes ends the same frames at the same places; following frame by frame agrees with following at once; and a
// Close that is put at a boundary is seen as one, without moving any other boundary.
#include "fuzz_input.h"
#include "proto/websocket_frames.h"

namespace lastcall::proto {
namespace {

std::string state_of(const WebSocketFrames& frames) {
  std::string text = std::to_string(frames.frames());
  if (frames.at_boundary()) text += " boundary";
  if (frames.broken()) text += " broken";
  if (frames.in_message()) text += " in_message";
  if (frames.close_seen()) text += " close_seen";
  if (const auto left = frames.left_in_frame()) text += " left " + std::to_string(*left);
  return text;
}

std::string follow_in_pieces(std::string_view bytes, const NextPiece& next) {
  WebSocketFrames frames;
  while (!bytes.empty()) {
    const std::size_t size = std::min(next(bytes.size()), bytes.size());
    const std::string exact(bytes.substr(0, size));
    frames.follow(exact);
    bytes.remove_prefix(size);
  }
  return state_of(frames);
}

// Begins each frame with one byte and ends it with follow_frame(), as a tunnel does that wants to say goodbye.
std::string follow_by_frames(std::string_view bytes) {
  WebSocketFrames frames;
  while (!bytes.empty()) {
    if (frames.at_boundary()) {
      const bool closed = frames.close_seen();
      WebSocketFrames after_close = frames;
      after_close.follow(make_close_frame(kGoingAway, "bye", std::nullopt));
      expect(after_close.at_boundary() && after_close.close_seen(), "a Close is a frame at every boundary");
      expect(after_close.in_message() == frames.in_message() && closed == frames.close_seen(), "a Close ends no message");
      frames.follow(bytes.substr(0, 1));
      bytes.remove_prefix(1);
    }
    const std::size_t taken = frames.follow_frame(bytes);
    expect(taken <= bytes.size(), "takes no more than there is");
    expect(taken == bytes.size() || frames.at_boundary(), "stops at a boundary only");
    bytes.remove_prefix(taken);
  }
  return state_of(frames);
}

}  // namespace
}  // namespace lastcall::proto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall::proto;
  const FuzzInput input(data, size);
  const std::string expected = follow_in_pieces(input.bytes, all_at_once());
  expect_equal(expected, follow_in_pieces(input.bytes, pieces_of(1)), "bytewise state");
  expect_equal(expected, follow_in_pieces(input.bytes, pseudo_random_pieces(input.seed)), "state");
  expect_equal(expected, follow_by_frames(input.bytes), "state by frames");
  return 0;
}
