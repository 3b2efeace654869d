// A worker's copies of the listening sockets: accepts while the child can be served, and at the end empties the queues before it
// closes them (G1 to G8, decision 26): it goes on accepting for max(20 ms, 2 x the round trip of recent clients), so that handshakes
// under way can finish behind the SYN filter that the supervisor attached, then accepts to EAGAIN and closes in the same turn.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/unique_fd.h"
#include "io/acceptor.h"
#include "io/callback_timer.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

class ListenerSet {
 public:
  using OnConnection = std::function<void(UniqueFd socket, const Address& peer)>;
  ListenerSet(WorkerContext& context, std::vector<UniqueFd> listeners, OnConnection on_connection);

  void start();
  void pause();
  bool somebody_waits() const;  // in a queue, while accepting is paused
  // Once. `take_queue`: with window and sweep; else the sockets are closed at once and somebody else serves their queues (G149).
  // `on_closed` hears how many connections came after the decision to stop.
  void close(bool take_queue, std::function<void(std::uint64_t swept)> on_closed);
  bool closing() const { return closing_; }  // or closed
  void on_descriptor_freed();

 private:
  struct Listener {
    UniqueFd socket;
    std::unique_ptr<io::Acceptor> acceptor;
  };
  void accepted(UniqueFd socket, const Address& peer);
  Duration window() const;
  void finish_close();

  WorkerContext& context_;
  OnConnection on_connection_;
  std::deque<Listener> listeners_;
  std::function<void(std::uint64_t)> on_closed_;
  io::CallbackTimer window_end_;
  bool closing_ = false;
  std::uint64_t swept_ = 0;
  // Round trips of recent handshakes: the only way to know how long one under way may still take.
  std::array<Duration, 32> recent_rtt_{};
  std::uint32_t accepted_ = 0;
};

}  // namespace lastcall::proxy
