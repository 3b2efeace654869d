#include "io/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

namespace lastcall::io {

bool SignalEvent::from_terminal() const {
  return code == SI_KERNEL && sender_pid == 0 && (number == SIGINT || number == SIGQUIT || number == SIGTSTP);
}

Result<std::unique_ptr<Signals>> Signals::open(Loop& loop, const sigset_t& mask, std::function<void(const SignalEvent&)> on_signal) {
  UniqueFd fd(::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) return system_error("signalfd");
  return std::unique_ptr<Signals>(new Signals(loop, std::move(fd), std::move(on_signal)));
}

Signals::Signals(Loop& loop, UniqueFd fd, std::function<void(const SignalEvent&)> on_signal)
    : fd_(std::move(fd)), on_signal_(std::move(on_signal)), watch_(loop, fd_.get(), [this](int) { drain(); }) {
  watch_.start(FdWatch::readable);
}

// One batch a wake-up: the descriptor is level-triggered, so a storm of signals can't keep the rest of the loop waiting.
void Signals::drain() {
  std::array<signalfd_siginfo, 16> batch;
  const ssize_t size = ::read(fd_.get(), batch.data(), sizeof batch);
  if (size <= 0) return;
  for (size_t i = 0; i < static_cast<size_t>(size) / sizeof batch[0]; ++i) {
    const signalfd_siginfo& info = batch[i];
    on_signal_(SignalEvent{.number = static_cast<int>(info.ssi_signo),
                           .sender_pid = static_cast<int>(info.ssi_pid),
                           .sender_uid = info.ssi_uid,
                           .code = info.ssi_code,
                           .value = info.ssi_ptr,
                           .status = info.ssi_status});
  }
}

}  // namespace lastcall::io
