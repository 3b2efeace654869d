// Two streams joined byte for byte, with half-close carried over (G24, G25) and back-pressure: a side is read only while the other
// side's queue is empty. Used for --tcp sessions and after 101. Owned by a session, which forwards its streams' events; it decides
// nothing about time or phases. Copies now; the seam for splice is pump_direction().
#pragma once

#include <memory>

#include "io/stream.h"
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

  Tunnel(WorkerContext& context, std::unique_ptr<io::Stream> client, std::unique_ptr<io::Stream> upstream)
      : context_(context), client_(std::move(client)), upstream_(std::move(upstream)) {}

  State pump();
  // The goodbye: what has arrived is passed on, then both get FIN (G73). What they send later is read, so that nothing turns into a
  // reset, but has nowhere to go.
  void end();
  bool ending() const { return ending_; }
  // The child's FIN has arrived: what is still to be read before it belongs to the client.
  bool child_has_said_all() const { return upstream_->peer_closed(); }
  bool only_client_fin_missing() const { return upstream_->ended() && client_->write_done(); }
  void reset();  // RST to both (G27)
  std::uint64_t moved() const { return client_->bytes_read() + upstream_->bytes_read(); }
  io::Stream& client() { return *client_; }
  io::Stream& upstream() { return *upstream_; }

 private:
  bool pump_direction(io::Stream& from, io::Stream& to);  // true: there is more, but enough for this turn
  WorkerContext& context_;
  std::unique_ptr<io::Stream> client_;
  std::unique_ptr<io::Stream> upstream_;
  bool ending_ = false;
};

}  // namespace lastcall::proxy
