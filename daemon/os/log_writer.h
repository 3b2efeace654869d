// Standard error, or what stands in for it, as a log that never blocks (P91, G194; os/shared_output). A line is written whole or not at
// all; what does not fit is counted, and the count is told before the next line that fits. Both processes.
#pragma once

#include <cstdint>
#include <string_view>

#include "os/shared_output.h"

namespace lastcall::os {

// Call once, after take_over_process() and before a child exists. `fd` is borrowed for good.
void open_log_writer(int fd = 2);
// The file that stands in for standard error, opened anew: from now on lines go there. The descriptor's number stays.
void reopen_log_writer(int fd);
void write_log(std::string_view line);  // for LogSettings::writer; one whole line with its newline
std::uint64_t dropped_log_lines();      // since the start

SharedOutput& log_output();  // for others who write lines there; it opens the writer if nobody has
int log_descriptor();        // where it goes

}  // namespace lastcall::os
