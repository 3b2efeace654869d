// Signals as people write them. Real-time signals count from the C library's SIGRTMIN: "SIGRTMIN+3".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lastcall::os {

std::string signal_name(int number);                       // "SIGTERM", "SIGRTMIN+3"; "signal 99" for what is none
std::optional<int> parse_signal(std::string_view text);    // "SIGTERM", "TERM", "term", "15", "RTMIN+3", "SIGRTMAX-1"

}  // namespace lastcall::os
