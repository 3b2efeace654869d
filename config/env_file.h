// Files of variables for the child: NAME=value lines as Docker and systemd write them. Nothing is expanded and no shell is asked; quotes
// around a whole value are taken off, a line that starts with # or ; is a comment. Pure but for reading the file; supervisor only.
#pragma once

#include <string>
#include <string_view>

#include "config/diagnostics.h"
#include "config/environment.h"

namespace lastcall::config {

// "NAME=value" in the file's order.
Environment parse_env_file(std::string_view text, const std::string& source, Diagnostics& diagnostics);

// "-/path": a missing file is no mistake.
Environment read_env_file(const std::string& path, Diagnostics& diagnostics);

}  // namespace lastcall::config
