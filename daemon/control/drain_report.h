// What the stop did, once, at the very end: a table for people, or one flat "report" line for machines (G189, G190). It reads a finished
// ShutdownRecord and writes nothing by itself: the caller hands the text to the log's writer in one piece. Supervisor process only.
#pragma once

#include <string>

#include "core/shutdown_record.h"

namespace lastcall::control {

// Fits 80 columns and PIPE_BUF (so that the writer takes it whole); ends with a newline. Empty where no stop ever began: what failed at
// the start has already been told. Colours only where the caller found a terminal and no NO_COLOR.
std::string render_report(const core::ShutdownRecord& record, bool color);

// The same as one log line of the event "report", for --log-format json. Nothing where no stop ever began.
void log_report(const core::ShutdownRecord& record);

}  // namespace lastcall::control
