// What a child says by systemd's readiness protocol (sd_notify(3)): the assignments of one datagram, read strictly, and bounded, since any of
// the child's processes may have sent it. Bytes in, values out; pure. What is not ours to understand is counted, never an error:
// the protocol is meant to be extended. Supervisor process only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace lastcall::proto {

constexpr std::size_t kNotifyLimit = 4096;       // a datagram beyond this is refused whole, as systemd does
constexpr std::size_t kNotifyStatusLimit = 200;  // bytes of STATUS= that are kept

struct NotifyMessage {
  bool ready = false;
  bool reloading = false;
  bool stopping = false;
  bool watchdog = false;          // WATCHDOG=1
  bool watchdog_trigger = false;  // WATCHDOG=trigger
  bool fd_store = false;          // FDSTORE=1 or FDSTOREREMOVE=1
  std::optional<int> main_pid;
  std::optional<int> error;                // ERRNO=
  std::optional<Duration> extend_timeout;  // EXTEND_TIMEOUT_USEC=
  std::optional<Duration> watchdog_time;   // WATCHDOG_USEC=, above 0
  std::optional<std::string> status;       // printable, one line
  std::size_t other = 0;                   // assignments that mean nothing to us, or are malformed
};

// Nothing where this is no such message at all: empty, too long, or with a NUL byte.
std::optional<NotifyMessage> parse_notify_message(std::string_view datagram);

}  // namespace lastcall::proto
