// The one that started us as a service, by the protocol of sd_notify(3): it is told when we are ready, when we stop and how long that still
// takes, and that we live. There is none where NOTIFY_SOCKET is not set or names no socket; then every call does nothing. A message that the
// manager does not take is dropped: nothing of it may block a stop. Supervisor process only.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "base/unique_fd.h"

namespace lastcall::os {

class ServiceManager {
 public:
  ServiceManager() = default;
  // `socket`: the value of NOTIFY_SOCKET, a path or @abstract. `watchdog_usec`, `watchdog_pid`: of those variables; empty where not set.
  ServiceManager(std::string_view socket, std::string_view watchdog_usec, std::string_view watchdog_pid);

  bool present() const { return static_cast<bool>(fd_); }
  void tell(std::string_view assignments) const;  // "READY=1\nSTATUS=serving"
  std::optional<Duration> watchdog() const { return watchdog_; }  // it wants to hear WATCHDOG=1 at least so often; nothing: never

 private:
  UniqueFd fd_;
  std::optional<Duration> watchdog_;
};

}  // namespace lastcall::os
