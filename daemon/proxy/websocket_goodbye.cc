#include "proxy/websocket_goodbye.h"

#include <optional>

#include "os/random.h"

namespace lastcall::proxy {
namespace {

constexpr std::string_view kReason = "the server is shutting down";

bool begins_close(std::string_view bytes) { return !bytes.empty() && (static_cast<unsigned char>(bytes.front()) & 0x0f) == 0x08; }

}  // namespace

void WebSocketGoodbye::carry(Way way, std::string_view bytes, io::Stream& to) {
  Lane& at = lane(way);
  if (begun() && !at.over()) {
    const std::size_t frame_rest = at.frames.follow_frame(bytes);
    to.write(bytes.substr(0, frame_rest));
    bytes.remove_prefix(frame_rest);
    // Its own Close is the better one: it is the answer, or has a reason of its own.
    if (may_say(way) && !begins_close(bytes)) say(way, to);
  }
  at.frames.follow(bytes);
  if (!at.said) to.write(bytes);
}

// Not where one of them has said goodbye already: they end it between them.
bool WebSocketGoodbye::may_say(Way way) const {
  const Lane& there = lane(way);
  const Lane& back = lane(way == Way::to_client ? Way::to_child : Way::to_client);
  return there.frames.at_boundary() && !there.over() && (back.said || !back.frames.close_seen());
}

void WebSocketGoodbye::say(Way way, io::Stream& to) {
  std::optional<std::array<std::uint8_t, 4>> mask;
  if (way == Way::to_child) mask = os::random_bytes<4>();
  to.write(proto::make_close_frame(proto::kGoingAway, kReason, mask));
  lane(way).said = true;
  waits_since_ = context_.now();
  if (way == Way::to_client && !to.write_shut() && !to.aborted()) context_.count(proto::Counter::ws_1001);
}

void WebSocketGoodbye::begin(io::Stream& client, io::Stream& child) {
  waits_since_ = context_.now();
  if (impossible()) return;
  if (may_say(Way::to_client)) say(Way::to_client, client);
  if (may_say(Way::to_child)) say(Way::to_child, child);
}

void WebSocketGoodbye::part(io::Stream& client, io::Stream& child) {
  if (!begun()) return;
  const Lane& down = lane(Way::to_client);
  const Lane& up = lane(Way::to_child);
  if (down.over() && (up.frames.close_seen() || client.ended())) client.shutdown_write();
  if (up.over() && (down.frames.close_seen() || child.ended())) child.shutdown_write();
}

TimePoint WebSocketGoodbye::due() const {
  // Who is in the middle of a frame has had our Close, and may be as busy as who owes an answer.
  return begun() ? context_.goodbye_spread.answer_due(waits_since_) : planned_for_;
}

}  // namespace lastcall::proxy
