// Limits of processes by the names that prlimit(1) and systemd use, and our own. Worker (its descriptors) and supervisor (the child's
// limits, which spawn() sets between fork and exec).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastcall::os {

std::uint64_t open_file_limit();  // soft RLIMIT_NOFILE; a large number where unlimited

std::optional<int> parse_limit_name(std::string_view name);  // "nofile" to RLIMIT_NOFILE; also "NOFILE", "RLIMIT_NOFILE", "LimitNOFILE"
std::string limit_name(int resource);                        // "nofile"

}  // namespace lastcall::os
