// Two streams joined byte for byte, with half-close carried over (G24, G25) and back-pressure: a side is read only while the other
// side's queue is empty. Used for --tcp sessions and after 101. Owned by a session, which forwards its streams' events; it decides
// nothing about time or phases. A WebSocket among them can be ended in its own words. Copies now; the seam for splice is pump_direction().
#pragma once

#include <memory>
#include <string>

#include "io/stream.h"
#include "proxy/upstream_pool.h"
#include "proxy/websocket_goodbye.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

class Tunnel {
 public:
  enum class State : std::uint8_t {
    open,
    half_closed,  // one side has ended: arm the fin timeout (G26)
    done,         // both ends delivered: close both
    broken,       // a side was reset: close both
    busy,         // its fair share is used up: call pump() again in the next turn
  };

  Tunnel(WorkerContext& context, std::unique_ptr<io::Stream> client, UpstreamConnection upstream)
      : context_(context), client_(std::move(client)), upstream_(std::move(upstream.stream)), lease_(std::move(upstream.lease)) {}

  // What both send are WebSocket frames from here on. Given: what was passed on before there was a tunnel.
  void speak_websocket(std::string_view to_client, std::string_view to_child);
  WebSocketGoodbye* websocket() { return websocket_.get(); }  // null: another protocol
  const WebSocketGoodbye* websocket() const { return websocket_.get(); }
  // What has arrived is passed on, then both get a Close, and FIN when they have answered it; goodbye_over() when nothing is left to wait for.
  void say_goodbye();
  bool goodbye_over() const;

  // What became this tunnel, for people; empty for --tcp.
  void set_request_line(std::string_view line) { request_line_ = line; }
  const std::string& request_line() const { return request_line_; }

  State pump();
  // The goodbye: what has arrived is passed on, then both get FIN (G73). What they send later is read, so that nothing turns into a
  // reset, but has nowhere to go.
  void end();
  bool ending() const { return ending_; }
  // The child's FIN has arrived: what is still to be read before it belongs to the client.
  bool child_has_said_all() const { return upstream_->peer_closed(); }
  bool only_client_fin_missing() const { return upstream_->ended() && client_->write_done(); }
  std::unique_ptr<io::Stream> give_back_client() { return std::move(client_); }  // the child was never reached; the tunnel is over
  void reset();  // RST to both (G27)
  std::uint64_t moved() const { return client_->bytes_read() + upstream_->bytes_read(); }
  io::Stream& client() { return *client_; }
  io::Stream& upstream() { return *upstream_; }
  Lease& lease() { return lease_; }

 private:
  bool pump_direction(io::Stream& from, io::Stream& to);  // true: there is more, but enough for this turn
  bool pump_both();
  WorkerContext& context_;
  std::unique_ptr<io::Stream> client_;
  std::unique_ptr<io::Stream> upstream_;
  Lease lease_;
  std::unique_ptr<WebSocketGoodbye> websocket_;
  std::string request_line_;
  bool ending_ = false;
};

}  // namespace lastcall::proxy
