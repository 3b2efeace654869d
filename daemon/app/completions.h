// Shell completions from the option table, for bash, zsh and fish. After `--` each hands over to the shell's own completion of commands.
#pragma once

#include <string>

namespace lastcall::app {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace lastcall::app
