// What --help prints, and the lists that stand beside the option table on the command line: flags that are no options (--config,
// --version), subcommands, exit codes. The reference page, the man page and the completions are made from the same lists.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lastcall::app {

struct CommandFlag {
  char short_flag;
  std::string_view flag;
  std::string_view placeholder;  // empty: takes no value
  std::string_view help;
  std::string_view choices = {};  // its values, with blanks between them, where they are few
};

struct Subcommand {
  std::string_view name;
  std::string_view arguments;
  std::string_view help;
  std::span<const CommandFlag> flags = {};  // of its own
  bool starts = false;                      // takes the options of a start, too
};

struct ExitMeaning {
  std::string_view codes;
  std::string_view meaning;
};

struct Example {
  std::string_view command;
  std::string_view meaning;
};

std::span<const CommandFlag> command_flags();
std::span<const Subcommand> subcommands();
std::span<const CommandFlag> rehearse_flags();
std::span<const ExitMeaning> exit_meanings();
std::span<const Example> examples();

std::string help_text(bool color);
std::string rehearse_help_text(bool color);
std::string job_help_text();
std::string version_text();

}  // namespace lastcall::app
