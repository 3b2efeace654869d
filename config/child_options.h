// Options whose values have a form of their own: limits, capabilities, descriptors, steps of a stop, pairs. Text to settings and back, for
// the option table alone. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace lastcall::config {

Status add_limit(Settings& settings, std::string_view text);  // "nofile=1024:4096", "core=0", "memlock=unlimited", "as=2G"
std::vector<std::string> print_limits(const Settings& settings);

Status add_capability(Settings& settings, std::string_view text);  // "none", "net_bind_service"
void clear_capabilities(Settings& settings);
std::vector<std::string> print_capabilities(const Settings& settings);

Status add_descriptor(Settings& settings, std::string_view text);  // "inherit", "none", "7"
void clear_descriptors(Settings& settings);
std::vector<std::string> print_descriptors(const Settings& settings);

Status add_stop_step(Settings& settings, std::string_view text);  // "INT 5s", "TERM"; keeps the grace's idea of the steps
void clear_stop_steps(Settings& settings);
std::vector<std::string> print_stop_steps(const Settings& settings);

Status add_variable(Settings& settings, std::string_view text);  // "NAME=value"
Status add_variable_name(Settings& settings, std::string_view text);

Status add_signal_rule(Settings& settings, std::string_view text);
std::vector<std::string> print_signal_rules(const Settings& settings);

Status add_exit_code(Settings& settings, std::string_view text);  // "143=0"
std::vector<std::string> print_exit_codes(const Settings& settings);

Status parse_umask(std::string_view text, std::optional<std::uint32_t>& value);
Status parse_nice(std::string_view text, std::optional<std::int32_t>& value);
Status parse_oom_score(std::string_view text, std::optional<std::int32_t>& value);
Status parse_death_signal(std::string_view text, int& number);  // "KILL", "none"
std::vector<std::string> print_umask(const Settings& settings);
std::vector<std::string> print_death_signal(const Settings& settings);

}  // namespace lastcall::config
