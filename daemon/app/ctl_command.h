// `lastcall ctl`: asks a running lastcall, or tells it what to do, through its control socket. One list of commands serves the parser, the help,
// the completions and the man page. Runs in a process of its own, which is neither supervisor nor worker; may block.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/help_text.h"
#include "base/result.h"

namespace lastcall::app {

struct CtlVerb {
  std::string_view name;
  std::string_view arguments;  // "N"; empty: none
  std::string_view help;
};
std::span<const CtlVerb> ctl_verbs();

struct CtlFlag {
  std::string_view name;
  std::string_view value;  // "PATH"; empty: none
  std::string_view help;
};
std::span<const CtlFlag> ctl_flags();

struct CtlWish {
  std::string verb;
  std::string argument;
  std::optional<std::string> socket;
  std::optional<std::string> instance;
  bool json = false;
  bool watch = false;
  bool now = false;
  bool help = false;
};

std::span<const ExitMeaning> ctl_exit_meanings();

// Words after `ctl`. The error says what to write instead.
Result<CtlWish> parse_ctl(const std::vector<std::string>& words);
std::string ctl_help();

// The exit status, as ctl_help() lists them. Writes to standard output and standard error.
int run_ctl(const std::vector<std::string>& words);

}  // namespace lastcall::app
