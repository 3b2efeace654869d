// Settings as YAML that loads to equal settings: what --print-config shows to people and what a worker is handed in a sealed memfd
// (design.md 1.1). One format, one loader.
#pragma once

#include <string>

#include "config/settings.h"

namespace lastcall::config {

std::string print_config(const Settings& settings);

}  // namespace lastcall::config
