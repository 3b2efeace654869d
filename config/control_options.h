// How the option table reads and prints what stands in ControlSettings and has a form of its own. Pure; used by option_table.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace lastcall::config {

Status set_control_socket(Settings& settings, std::string_view text);
Status add_admin_host(Settings& settings, std::string_view text);
Status set_lame_duck_readiness(Settings& settings, std::string_view text);
std::vector<std::string> print_lame_duck_readiness(const Settings& settings);
Status set_failing_code(Settings& settings, std::string_view text);

}  // namespace lastcall::config
