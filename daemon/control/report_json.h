// The report of a stop as one JSON document, for machines and for later: docs/report.schema.json describes it. It reads a finished
// ShutdownRecord; the caller writes the file, whole or not at all. Supervisor process only.
#pragma once

#include <string>

#include "core/shutdown_record.h"

namespace lastcall::control {

// Ends with a newline. Empty where no stop ever began.
std::string report_json(const core::ShutdownRecord& record);

}  // namespace lastcall::control
