// A shutdown as it would be recorded: Kubernetes' 30 s, SIGTERM, 12 requests in flight, Node ended by the signal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "core/shutdown_record.h"

namespace lastcall::control_test {

inline TimePoint at(std::int64_t ms) { return TimePoint(milliseconds(1'000'000 + ms)); }

inline core::ShutdownRecord stopping_record() {
  core::ShutdownRecord record;
  record.t0 = at(0);
  record.cause = core::Cause::stop_requested;
  record.request = {.signal = 15, .sender_pid = 4242, .sender_uid = 0};
  record.deadlines = {.t0 = at(0), .lame = at(4'500), .drain = at(20'750), .kill = at(28'250), .exit = at(28'500)};
  record.phases = {
      {core::Phase::starting, at(-9'000), at(-8'000), kNever, ""},
      {core::Phase::serving, at(-8'000), at(0), kNever, "child_ready"},
      {core::Phase::lame_duck, at(0), at(4'500), at(4'500), "stop_requested"},
      {core::Phase::draining, at(4'500), kNever, at(20'750), "deadline"},
  };
  record.live = {.finite = 3, .streams = 1, .idle = 40, .waiting = 0, .oldest_ms = 2'140};
  record.child().started = true;
  record.child().pid = 77;
  return record;
}

inline core::ShutdownRecord clean_record() {
  core::ShutdownRecord record = stopping_record();
  record.phases.back().end = at(5'020);
  record.phases.push_back({core::Phase::ending_streams, at(5'020), at(6'030), at(10'020), "work_done"});
  record.phases.push_back({core::Phase::sealing, at(6'030), at(6'031), at(6'530), "work_done"});
  record.phases.push_back({core::Phase::stopping, at(6'031), at(6'043), at(28'250), "work_done"});
  record.phases.push_back({core::Phase::flushing, at(6'043), at(6'050), at(28'500), "work_done"});
  record.phases.push_back({core::Phase::exiting, at(6'050), kNever, kNever, "work_done"});
  record.live = {};
  record.totals.finite_at_t0 = 12;
  record.totals.streams_at_t0 = 1;
  record.totals.idle_at_t0 = 40;
  record.totals.finished = 15;
  record.totals.idle_closed = 43;
  record.totals.streams_ended = 1;
  record.child().end = core::ChildEnd{true, 15};
  record.child().stop_signal = 15;
  record.child().signalled = at(6'031);
  record.child().exited = at(6'043);
  record.exit = core::ExitDecision{0, "everything ended in order"};
  record.ended = at(6'052);
  return record;
}

// What was written through the log, in one place: writers are plain functions.
inline std::string& written() {
  static std::string text;
  return text;
}
inline void capture(std::string_view bytes) { written() += bytes; }
inline void log_to_capture(LogFormat format, LogWriter writer = capture) {
  LogSettings settings;
  settings.format = format;
  settings.writer = writer;
  configure_log(settings);
}
inline std::string take_written() { return std::exchange(written(), {}); }

}  // namespace lastcall::control_test
