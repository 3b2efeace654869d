// The known name that a person most likely meant. Used for keys, variables, flags and subcommands alike. A pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lastcall::config {

// Upper and lower case, '-', '_' and '.' count as equal; empty where nothing is near enough to be a helpful guess.
std::string nearest(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace lastcall::config
