#include "os/exit_status.h"

#include "os/signal_name.h"

namespace lastcall::os {

ExitStatus from_siginfo(const siginfo_t& info) {
  return {.signaled = info.si_code != CLD_EXITED, .value = info.si_status, .core = info.si_code == CLD_DUMPED};
}

int shell_code(ExitStatus status) { return status.signaled ? 128 + status.value : status.value; }

std::string describe(ExitStatus status) {
  if (!status.signaled) return "exit code " + std::to_string(status.value);
  return signal_name(status.value) + (status.core ? " (core dumped)" : "");
}

}  // namespace lastcall::os
