// How many clients may be connected at once (G14, G15), and who makes room once all places are taken and somebody waits in a listener's
// queue: connections that have been idle for longest get their FIN (G62), as else whoever opens enough of them and says nothing keeps
// everybody out for as long as an idle connection may live. Never one with a request, nor one that was idle for less than a second. Owned
// by the worker.
#pragma once

#include <functional>

#include "io/callback_timer.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

class ConnectionLimit {
 public:
  // `somebody_waits`: a connection is in a listener's queue, not yet accepted.
  ConnectionLimit(WorkerContext& context, std::function<bool()> somebody_waits);

  bool room() const { return most_ == 0 || context_.sessions.size() < most_; }
  // Accepting rests only because there is no room; idempotent.
  void set_full(bool full);

 private:
  void make_room();
  std::size_t let_go(std::size_t count);

  WorkerContext& context_;
  std::function<bool()> somebody_waits_;
  const std::size_t most_;  // 0: no limit
  io::CallbackTimer look_again_;
  TimePoint next_complaint_{};
};

}  // namespace lastcall::proxy
