// The one line at the bottom of a terminal that is rewritten in place. While it is shown the last row is its own: the scrolling region ends
// above it (DECSTBM, as apt's progress bar), so that neither our log nor what the child writes to the terminal itself can run into it. Where
// the height is unknown or small it stands at the cursor instead, and log lines erase it and draw it again. One per process, as the
// terminal; never used where standard error is no terminal. Supervisor process only.
#pragma once

#include <string_view>

#include "base/log.h"

namespace lastcall::control {

void open_live_line(LogWriter writer, int rows = 0);  // where the bytes go: os::write_log; the terminal's height, 0: unknown
void resize_live_line(int rows);                   // SIGWINCH
void show_live_line(std::string_view text);        // one line without newline; empty erases it
void write_above_live_line(std::string_view line); // for LogSettings::writer
void take_live_line_away();                        // before somebody else writes to the terminal; it is drawn again when it changes

}  // namespace lastcall::control
