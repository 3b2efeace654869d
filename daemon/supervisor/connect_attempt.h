// One try to connect, within a time, from the supervisor's loop: to the child, for probes and calls. Answers once, never from within its
// constructor, with a connected non-blocking socket or with why not; never blocks, never tries again. Owned by whoever asks;
// supervisor process only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/address.h"
#include "base/unique_fd.h"
#include "io/callback_timer.h"
#include "io/fd_watch.h"

namespace lastcall::supervisor {

class ConnectAttempt final : private io::Deferred {
 public:
  // `error` is empty exactly where `socket` is valid: "Connection refused", "no answer". May destroy the attempt.
  using Callback = std::function<void(UniqueFd socket, const std::string& error)>;
  ConnectAttempt(io::Loop& loop, const Address& target, Duration timeout, Callback callback);

 private:
  void on_deferred() override;
  void on_writable();
  void conclude(std::string error);

  io::Loop& loop_;
  Callback callback_;
  UniqueFd socket_;
  std::string refused_;  // at once, before there was anything to wait for
  std::unique_ptr<io::FdWatch> watch_;
  io::CallbackTimer timeout_;
};

}  // namespace lastcall::supervisor
