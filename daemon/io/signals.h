// Signals as messages: all are blocked from the first instruction and read from one signalfd, so none is lost, not even as PID 1,
// and the sender is known (decision 5, G39, G189). Supervisor process only.
#pragma once

#include <csignal>
#include <functional>
#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"
#include "io/fd_watch.h"

namespace lastcall::io {

struct SignalEvent {
  int number = 0;
  int sender_pid = 0;         // 0: the kernel (terminal, timer)
  unsigned sender_uid = 0;
  int code = 0;               // si_code: SI_USER, SI_KERNEL, SI_QUEUE...
  std::uint64_t value = 0;    // sigqueue payload (P32)
  int status = 0;             // SIGCHLD: the exit code, or the signal that ended or stopped the process
  bool from_terminal() const; // typed at our terminal: sent by the kernel
};

class Signals {
 public:
  // `mask` must already be blocked in this process.
  static Result<std::unique_ptr<Signals>> open(Loop& loop, const sigset_t& mask, std::function<void(const SignalEvent&)> on_signal);

 private:
  Signals(Loop& loop, UniqueFd fd, std::function<void(const SignalEvent&)> on_signal);
  void drain();
  UniqueFd fd_;
  std::function<void(const SignalEvent&)> on_signal_;
  FdWatch watch_;
};

}  // namespace lastcall::io
