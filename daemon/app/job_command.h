// `lastcall job`: runs a command as a job of the lastcall that is around it, so that a drain waits for it. Registers it over the control
// socket, passes signals on, ends the job with the command, and leaves with the command's code. Runs in a process of its own, which is
// neither supervisor nor worker.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/inherited_state.h"

namespace lastcall::app {

struct JobWish {
  std::string id;     // empty: made from the command and our pid
  std::string owner;
  Duration timeout = seconds(60);
  bool heartbeat = false;  // renew the time as long as the command runs
  std::optional<std::string> socket;
  std::vector<std::string> command;
  bool help = false;
};

// Words after `job`. The error says what to write instead.
Result<JobWish> parse_job(const std::vector<std::string>& words);
std::string job_help();

// The exit status, as job_help() lists them.
int run_job(const std::vector<std::string>& words, const os::InheritedState& inherited);

}  // namespace lastcall::app
