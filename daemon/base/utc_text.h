// A wall-clock time as people and machines read it: 2026-01-31T12:34:56.789Z (RFC 3339, UTC, milliseconds). Pure.
#pragma once

#include <cstdint>
#include <string>

namespace lastcall {

std::string utc_text(std::int64_t unix_ms);  // since 1970, as os::unix_time_ms()

}  // namespace lastcall
