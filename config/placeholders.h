// {port}, {host}, {socket} and {instance} in the command, the only substitutions there are (decision 12). `{{port}}` is the literal text
// `{port}`; every other brace stays as it is, so JSON and other templates pass through. Pure functions; supervisor only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastcall::config {

enum class Placeholder { port, host, socket, instance };

struct PlaceholderValues {
  std::string port;
  std::string host;
  std::string socket;
  std::string instance;
};

std::vector<std::string> substitute(const std::vector<std::string>& command, const PlaceholderValues& values);
std::vector<std::string> unescape(const std::vector<std::string>& command);  // `{{port}}` alone, where nothing is substituted
bool uses(const std::vector<std::string>& command, Placeholder placeholder);

}  // namespace lastcall::config
