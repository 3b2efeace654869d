// `lastcall check FILE`: judges a configuration file without starting anything. Every mistake as file:line:column, exit 78; "FILE: ok",
// exit 0. Option variables and flags are left out, so that the answer is about the file.
#pragma once

#include <string>

#include "app/command_line.h"

namespace lastcall::app {

CommandLine check_file(const std::string& path, const config::Environment& environment, const config::PlatformFacts& facts);

}  // namespace lastcall::app
