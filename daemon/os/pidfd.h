// A process by descriptor: a signal sent through it can't hit a stranger that got the same number (G170, P25), and it becomes readable
// when the process ends. Supervisor only.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

Result<UniqueFd> open_pidfd(int pid);  // code ESRCH: there is no such process

// `payload` is sigqueue's value (P32). Error code ESRCH: it has ended, which the caller usually does not mind.
Status send_signal(int pidfd, int signal, std::optional<std::uint64_t> payload = std::nullopt);

// For where there is no pidfd (ENOSYS, EPERM under seccomp). Only for pids that have not been reaped yet.
Status send_signal_to_pid(int pid, int signal);
Status send_signal_to_group(int group, int signal);  // code ESRCH: nobody is left in it

}  // namespace lastcall::os
