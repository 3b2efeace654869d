// What the reports, the table, the JSON document and the log line, make of a record's phases: those that belong to the stop, each with the time that
// it was given and the time that it took; and of several copies of the child. Pure functions; supervisor process only.
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

struct ChildCounts {
  std::uint64_t started = 0, ended = 0, killed = 0;
};
ChildCounts count_children(const core::ShutdownRecord& record);

// The copy whose end a single number should tell where there are several: one that is still there, before one that had to be killed, before one
// that a signal ended which we had not sent, before one with a code other than 0; of equals the one that ended first.
const core::ChildRecord& worst_child(const core::ShutdownRecord& record);

}  // namespace lastcall::control
