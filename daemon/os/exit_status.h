// How a process ended: by a code of its own or by a signal. The core-dump bit is kept apart, never part of the number (P3).
#pragma once

#include <csignal>
#include <string>

namespace lastcall::os {

struct ExitStatus {
  bool signaled = false;
  int value = 0;  // exit code, or signal number
  bool core = false;
  bool operator==(const ExitStatus&) const = default;
};

ExitStatus from_siginfo(const siginfo_t& info);  // of waitid()
int shell_code(ExitStatus status);               // the code, or 128 + signal (P1, P2)
std::string describe(ExitStatus status);         // "exit code 3", "SIGSEGV (core dumped)"

}  // namespace lastcall::os
