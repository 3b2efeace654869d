// The one line at the bottom of a terminal that is rewritten in place. Log lines go above it: whoever shows one must log through
// write_above_live_line(), which erases it, writes, and draws it again in a single write. One per process, as the terminal; never used
// where standard error is no terminal. Supervisor process only.
#pragma once

#include <string_view>

#include "base/log.h"

namespace lastcall::control {

void open_live_line(LogWriter writer);             // where the bytes go: os::write_log
void show_live_line(std::string_view text);        // one line without newline; empty erases it
void write_above_live_line(std::string_view line); // for LogSettings::writer
void take_live_line_away();                        // before somebody else writes to the terminal; it is drawn again when it changes

}  // namespace lastcall::control
