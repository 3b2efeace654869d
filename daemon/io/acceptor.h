// The accept loop of one listening socket, which it does not own: at most four connections a wake-up (G13), transient errors are
// skipped (G16), on EMFILE it pauses and keeps the backlog (G14), and the last sweep empties the queue before the close (G4, G6).
// In a worker for clients, in the supervisor for the control socket and the admin port.
#pragma once

#include <functional>
#include <memory>

#include "base/address.h"
#include "base/unique_fd.h"
#include "io/callback_timer.h"
#include "io/fd_watch.h"

namespace lastcall::io {

class Acceptor {
 public:
  using OnConnection = std::function<void(UniqueFd socket, const Address& peer)>;
  Acceptor(Loop& loop, int listener, OnConnection on_connection);

  void start();
  void pause();
  // Accepts until the queue is empty; the number taken. For the end: the caller closes the listener in the same loop turn.
  std::size_t sweep();
  // A connection was closed: descriptors are free again, so a pause after EMFILE may end early.
  void on_descriptor_freed();

 private:
  std::size_t accept_up_to(std::size_t limit);
  void pause_for_descriptors(int error);
  void resume();
  Loop& loop_;
  int listener_;
  OnConnection on_connection_;
  bool started_ = false;
  bool out_of_descriptors_ = false;
  TimePoint next_complaint_{};
  FdWatch watch_;
  CallbackTimer resume_;
};

}  // namespace lastcall::io
