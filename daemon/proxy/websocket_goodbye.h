// The orderly end of a WebSocket tunnel (G70 to G72). Follows the frames of both directions while they pass; when told to, puts one
// Close 1001 behind the frame under way in each direction, lets nothing follow it there, and sees whether the peers answer. A Close that
// an end says itself passes untouched and takes the place of ours. Owned by its Tunnel; worker process. Keeps and changes no payload;
// reads nothing itself.
#pragma once

#include <array>
#include <string_view>

#include "base/time.h"
#include "io/stream.h"
#include "proto/websocket_frames.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

class WebSocketGoodbye {
 public:
  enum class Way : std::uint8_t { to_client, to_child };

  explicit WebSocketGoodbye(WorkerContext& context) : context_(context) { ++context_.goodbye_spread.tunnels; }
  ~WebSocketGoodbye() { --context_.goodbye_spread.tunnels; }
  WebSocketGoodbye(const WebSocketGoodbye&) = delete;
  WebSocketGoodbye& operator=(const WebSocketGoodbye&) = delete;

  // Bytes that were passed on before.
  void follow(Way way, std::string_view bytes) { lane(way).frames.follow(bytes); }
  // Passes on what may pass.
  void carry(Way way, std::string_view bytes, io::Stream& to);
  // Our Close has gone that way: what comes is read for the peer's answer only, so nobody's queue need hold it up.
  bool deaf(Way way) const { return lane(way).said; }

  // From now on both get their Close, as soon as a frame ends.
  void begin(io::Stream& client, io::Stream& child);
  bool begun() const { return waits_since_ != kNever; }
  // FIN to a side that has had a Close and has answered it, or has ended.
  void part(io::Stream& client, io::Stream& child);
  // Where the next frame begins is unknown in one direction: only a half-close is left.
  bool impossible() const { return lane(Way::to_client).frames.broken() || lane(Way::to_child).frames.broken(); }

  // When the next step is due: the beginning, later the end of our patience with frames and answers.
  TimePoint due() const;
  bool planned() const { return planned_for_ != kNever; }
  void plan(TimePoint when) { planned_for_ = when; }

 private:
  struct Lane {
    proto::WebSocketFrames frames;
    bool said = false;
    bool over() const { return said || frames.close_seen(); }  // no frame follows
  };
  Lane& lane(Way way) { return lanes_[static_cast<std::size_t>(way)]; }
  const Lane& lane(Way way) const { return lanes_[static_cast<std::size_t>(way)]; }
  bool may_say(Way way) const;
  void say(Way way, io::Stream& to);

  WorkerContext& context_;
  std::array<Lane, 2> lanes_;
  TimePoint planned_for_ = kNever;
  TimePoint waits_since_ = kNever;  // when it was begun, later when a Close went out
};

}  // namespace lastcall::proxy
