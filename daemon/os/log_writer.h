// Standard error as a log that never blocks (P91, G194): opened anew, so that our O_NONBLOCK is not the child's (P52). A line is written
// whole or not at all; what does not fit is counted, and the count is told before the next line that fits. Both processes.
#pragma once

#include <cstdint>
#include <string_view>

namespace lastcall::os {

// Call once, after take_over_process() and before a child exists. `fd`: for tests.
void open_log_writer(int fd = 2);
void write_log(std::string_view line);  // for LogSettings::writer; one whole line with its newline
std::uint64_t dropped_log_lines();      // since the start

}  // namespace lastcall::os
