// `lastcall rehearse`: the composition around a Rehearsal. Brings it signals, shows on a terminal what it is doing, renders the result and
// chooses the exit code. It is no supervisor: the lastcall that is rehearsed runs as its child.
#pragma once

#include <string>

#include "app/supervise.h"

namespace lastcall::app {

struct RehearseResult {
  int exit_code = 0;   // 0 passed, 1 failed, else why it could not run, 128 + the signal that interrupted it
  std::string output;  // for standard output
  std::string errors;  // for standard error
};

RehearseResult rehearse(const CommandLine& command_line, ProcessStart start);

}  // namespace lastcall::app
