// Settings as YAML that loads to equal settings: what --print-config shows to people and what a worker is handed in a sealed memfd
// (design.md 1.1). One format, one loader.
#pragma once

#include <string>

#include "config/settings.h"

namespace lastcall::config {

// One text inside [ ] or { }: plain where no reader of YAML takes it for something else, otherwise quoted.
std::string flow_scalar(std::string_view text);
std::string print_config(const Settings& settings);

}  // namespace lastcall::config
