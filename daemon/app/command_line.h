// `lastcall [options] -- command args...` and the subcommands, understood but not carried out. CLI11 and its exceptions stay in the .cc.
// Pure: reads nothing but its arguments and the file that --config names, prints nothing. Supervisor and subcommands; a worker has no
// command line (it is recognised before this).
#pragma once

#include <string>
#include <vector>

#include "config/child_environment.h"
#include "config/diagnostics.h"
#include "config/platform.h"
#include "config/settings.h"
#include "core/exit_code.h"
#include "rehearsal/rehearse_options.h"

namespace lastcall::app {

enum class Action {
  run,   // start with `settings`
  rehearse, // play such a start through, as `rehearse` says
  ctl,   // ask a running lastcall, with `words`
  job,   // run a command as a job of a running lastcall, with `words`
  print, // write `output` to standard output, leave with `exit_code`: --help, --help-signals, --version, --print-config, check, docs
  fail,  // write every diagnostic to standard error, leave with `exit_code`
};

struct CommandLine {
  Action action = Action::run;
  config::Settings settings;             // of run: complete and valid
  config::ChildEnvironment child_environment; // of run: for the child, without what was addressed to us (PORT is not yet in it)
  std::vector<std::string> words;        // of ctl and job: what stands after it
  std::string output;                    // of print
  config::Diagnostics diagnostics;       // of fail
  core::ExitCode exit_code = core::ExitCode::ok;
  std::string subcommand;                // of fail: "rehearse ", whose help explains more; empty: none
  rehearsal::RehearseOptions rehearse;   // of rehearse
  bool color = false;                    // of rehearse: whoever reads standard output sees colours
};

// What the pure code below can't ask itself.
struct ProcessFacts {
  config::PlatformFacts platform;
  bool color = false;  // standard output is a terminal and NO_COLOR is not set
};

// `arguments` without argv[0].
CommandLine parse_command_line(const std::vector<std::string>& arguments, const config::Environment& environment,
                               const ProcessFacts& facts);

// What to write to standard error for `fail`: one line per mistake and, for usage, where help is. Empty otherwise.
std::string failure_text(const CommandLine& command_line);

}  // namespace lastcall::app
