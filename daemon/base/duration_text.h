// Durations as people write them: "30s", "1m30s", "250ms", "0", "infinity". A bare number counts seconds, as in systemd.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace lastcall {

Result<Duration> parse_duration(std::string_view text);  // error: names the text and shows a valid example
std::string format_duration(Duration value);             // shortest exact form, e.g. "1m30s", "250ms", "infinity"

}  // namespace lastcall
