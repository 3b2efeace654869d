// Text to value and back for the options of forward_settings.h, as the option table wants them. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace lastcall::config {

Status add_trusted(Settings& settings, std::string_view text);
std::vector<std::string> print_trusted(const Settings& settings);

Status set_forwarded_style(Settings& settings, std::string_view text);
std::vector<std::string> print_forwarded_style(const Settings& settings);

Status set_request_id(Settings& settings, std::string_view text);

Status add_upgrade(Settings& settings, std::string_view text);
void clear_upgrades(Settings& settings);
std::vector<std::string> print_upgrades(const Settings& settings);

Status set_max_body(Settings& settings, std::string_view text);
std::vector<std::string> print_max_body(const Settings& settings);

Status set_error_page(Settings& settings, std::string_view text);

}  // namespace lastcall::config
