// The options of readiness and liveness: their rows of the option table, and the rules between them. Used by option_table.cc and validate.cc
// only.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "config/option_table.h"

namespace lastcall::config {

std::span<const Option> health_options();

// Reports each contradiction at an option.
void check_health(const Settings& settings, const std::function<void(std::string_view option, const std::string& message)>& report);

}  // namespace lastcall::config
