// A wall-clock time as people and machines read it: 2026-01-31T12:34:56.789Z (RFC 3339, UTC, milliseconds), and its parts for who writes
// it otherwise. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace lastcall {

struct UtcTime {
  int year;
  unsigned month, day, hour, minute, second, millisecond;  // month and day from 1
};

// All take milliseconds since 1970, as os::unix_time_ms().
UtcTime utc_time(std::int64_t unix_ms);
void append_utc(std::string& out, std::int64_t unix_ms);  // allocates only as `out` grows
std::string utc_text(std::int64_t unix_ms);

}  // namespace lastcall
