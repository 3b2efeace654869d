// The supervisor's composition: the only place that knows the process plane and the people's plane at once. Builds listeners, endpoint,
// workers' plan and service from validated settings, shows the progress of a stop, prints the report, returns the exit status. It decides
// nothing itself. Supervisor process only.
#pragma once

#include "app/command_line.h"
#include "base/unique_fd.h"
#include "os/inherited_state.h"

namespace lastcall::app {

struct ProcessStart {
  const os::InheritedState& inherited;
  UniqueFd executable;  // our own file, opened before anything else could happen to it
  TimePoint time;
};

int supervise(const CommandLine& command_line, ProcessStart start);

}  // namespace lastcall::app
