// One command beside the child, within a time, from the supervisor's loop: a hook or a probe. No shell. It gets a process group of its own
// and /dev/null to read; what it writes goes to the log under its name, bounded. At its timeout the whole of it is killed, and what it
// leaves behind is killed as it ends: in its group, and with `marked` wherever it went. Calls back once, never from within its constructor. Supervisor process only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "io/callback_timer.h"
#include "os/exit_status.h"
#include "os/spawn.h"
#include "supervisor/command_output.h"
#include "supervisor/process_table.h"

namespace lastcall::supervisor {

struct CommandRequest {
  std::string name;         // in the log: "hook flush-queue"
  os::SpawnRequest spawn;   // command, variables, directory and credentials; descriptors 0 to 2, group and terminal are set here
  Duration timeout = seconds(5);
  std::size_t keep_output = 0;  // so many bytes of standard output, and of standard error, are kept for the callback
  bool log_output = true;       // false for what runs all the time, such as a probe
  bool marked = false;          // what it starts is known by LASTCALL_COPY, also after it left the group and lost its parents
};

struct CommandResult {
  enum class End { exited, signaled, timed_out, not_started };
  End end = End::exited;
  int value = 0;             // exit code, or signal number; not_started: the code that a shell would give (126, 127)
  std::string error = {};    // not_started: why, for people
  std::string output = {};   // the beginning of standard output
  bool output_cut = false;   // there was more
  std::string errors = {};   // the beginning of standard error
  bool ok() const { return end == End::exited && value == 0; }
};
std::string describe(const CommandResult& result);  // "exit code 3", "cut at its timeout", "cannot run x: not found in PATH"

class CommandRun {
 public:
  using Callback = std::function<void(const CommandResult&)>;  // may destroy the run
  CommandRun(io::Loop& loop, ProcessTable& processes, CommandRequest request, Callback callback);
  ~CommandRun();  // kills what still runs, silently
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;

 private:
  std::optional<os::SpawnFailure> start();
  void on_exit(const os::ExitStatus& status);
  void kill_all();
  void kill_rest();
  void kill_strays();
  void conclude(CommandResult result);

  io::Loop& loop_;
  ProcessTable& processes_;
  CommandRequest request_;
  Callback callback_;
  int pid_ = 0;  // 0: not started, or reaped
  std::string mark_;  // "LASTCALL_COPY=1234.run7"; empty: none
  ProcessTable::Watch watch_;
  std::optional<CommandOutput> output_, errors_;
  CommandResult failed_;      // what the timer tells where nothing was started
  io::CallbackTimer timeout_;
};

}  // namespace lastcall::supervisor
