#include "control/report_rows.h"

#include <algorithm>

namespace lastcall::control {
namespace {

// A phase that began before T0 counts from there: `serving` is no part of the stop, a drain by hand is only where it overlaps.
bool belongs_to_stop(const core::ShutdownRecord& record, const core::PhaseRecord& phase) {
  return phase.end > *record.t0 && phase.phase != core::Phase::exiting &&
         (phase.begin >= *record.t0 || phase.phase == core::Phase::lame_duck);
}

// A phase that was passed through at once may bear no deadline though the stop had one.
std::optional<Duration> planned(const core::ShutdownRecord& record, const core::PhaseRecord& phase, TimePoint begin) {
  if (phase.deadline != kNever) return phase.deadline - begin;
  return record.deadlines.exit == kNever ? std::optional(kInfinite) : std::nullopt;
}

}  // namespace

std::vector<PhaseRow> phase_rows(const core::ShutdownRecord& record) {
  std::vector<PhaseRow> rows;
  for (std::size_t i = 0; i < record.phases.size(); ++i) {
    const core::PhaseRecord& phase = record.phases[i];
    if (!belongs_to_stop(record, phase)) continue;
    const TimePoint begin = std::max(phase.begin, *record.t0);
    const TimePoint end = std::min(phase.end, record.ended.value_or(begin));
    rows.push_back({.phase = phase.phase,
                    .began = begin - *record.t0,
                    .planned = planned(record, phase, begin),
                    .used = std::max(end - begin, Duration::zero()),
                    .ended_by = i + 1 < record.phases.size() ? record.phases[i + 1].why : ""});
  }
  return rows;
}

ChildCounts count_children(const core::ShutdownRecord& record) {
  ChildCounts counts;
  for (const core::ChildRecord& child : record.children) {
    counts.started += child.started ? 1 : 0;
    counts.ended += child.started && child.end ? 1 : 0;
    counts.killed += child.killed ? 1 : 0;
  }
  return counts;
}

const core::ChildRecord& worst_child(const core::ShutdownRecord& record) {
  const auto rank = [](const core::ChildRecord& child) {
    if (!child.end) return child.started ? 4 : 0;
    if (child.killed) return 3;
    if (child.end->by_signal) return child.end->value == child.stop_signal ? 0 : 2;
    return child.end->value != 0 ? 1 : 0;
  };
  return *std::ranges::min_element(record.children, {}, [&](const core::ChildRecord& child) {
    return std::pair(-rank(child), child.exited.value_or(kNever));
  });
}

}  // namespace lastcall::control
