// What both reports, the table and the JSON document, make of a record's phases: those that belong to the stop, each with the time that it
// was given and the time that it took. Pure functions; supervisor process only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/shutdown_record.h"

namespace lastcall::control {

struct PhaseRow {
  core::Phase phase = core::Phase::starting;
  Duration began{0};                // since T0
  std::optional<Duration> planned;  // kInfinite: without an end; empty: it was passed at once, and its deadline is unknown
  Duration used{0};
  std::string ended_by;             // the event
};

std::vector<PhaseRow> phase_rows(const core::ShutdownRecord& record);  // t0 is set

}  // namespace lastcall::control
