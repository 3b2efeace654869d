// File, environment and flags to validated settings: flags win over environment over file over what the platform suggests over defaults.
// All mistakes of all sources come back together. Supervisor and subcommands; a worker uses load_text() on what --print-config prints.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/assignment.h"
#include "config/platform.h"

namespace lastcall::config {

struct Sources {
  std::optional<std::string> file;      // path
  Environment environment;              // of this process; {} where only the file counts
  bool use_option_variables = true;     // false: the environment says where we run and nothing else
  std::vector<Assignment> flags;
  PlatformFacts facts;
};

struct Loaded {
  Settings settings;        // meaningful only without diagnostics
  Diagnostics diagnostics;
};

Loaded load(const Sources& sources);

// Complete settings from the text that print_config() writes. Nothing else is consulted: no environment, no platform.
Result<Settings> load_text(std::string_view yaml);

}  // namespace lastcall::config
