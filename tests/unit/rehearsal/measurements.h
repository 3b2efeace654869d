// Measurements to judge: a command in best order, and each way in which one can fall short of it.
#pragma once

#include <string>
#include <vector>

#include "rehearsal/judgement.h"

namespace lastcall::rehearsal::test {

struct Case {
  Measurements measured;
  Expectations expected;
};

// Handles SIGTERM, ends with 0 after 12 ms, keeps idle connections and says so, loses nothing.
inline Case healthy() {
  Case made;
  RunFigures& run = made.measured.wrapped;
  run.ready_after = milliseconds(212);
  run.stopped_by_us = true;
  run.before.answered = 590;
  run.after.answered = 20;
  run.in_flight_at_stop = 20;
  run.manner = os::SignalDisposition::caught;
  run.stop_signal = 15;
  run.end = core::ChildEnd{.by_signal = false, .value = 0};
  run.stop_time = milliseconds(12);
  run.total = milliseconds(118);
  run.exit_reason = "everything ended in order";
  run.report = {{"in_flight_at_t0", "20"}, {"dropped_finite", "0"}, {"phase_draining_ms", "104"}};
  made.measured.idle = IdleFigures{.status = 200, .keep_alive = true, .announced = 5, .closed_after = {}, .watched = seconds(3)};
  made.expected = {.platform = "docker",
                   .limit_setting = "docker stop --time",
                   .platform_signal = 15,
                   .limit = {},
                   .grace = seconds(10),
                   .child_at_least = milliseconds(2500),
                   .upstream_idle = seconds(4)};
  return made;
}

inline const Finding* find(const Judgement& judgement, const std::string& name) {
  for (const Finding& each : judgement.findings)
    if (each.name == name) return &each;
  return nullptr;
}

// What went wrong, each in its own way; every finding that has an advice comes up.
inline std::vector<Case> troubles() {
  std::vector<Case> all;
  const auto with = [&](const auto& change) {
    all.push_back(healthy());
    change(all.back());
  };
  with([](Case& c) { c.measured.wrapped.ready_after = seconds(11); });
  with([](Case& c) { c.measured.wrapped.before = {}; });
  with([](Case& c) { c.measured.wrapped.before.reset = 1; });
  with([](Case& c) { c.measured.wrapped.before.server_errors = 1; });
  with([](Case& c) { c.measured.idle->keep_alive = false; });
  with([](Case& c) { c.measured.idle->announced = 1; });
  with([](Case& c) {
    c.measured.idle = IdleFigures{.status = 200, .keep_alive = true, .announced = 0, .closed_after = seconds(1), .watched = seconds(1)};
  });
  with([](Case& c) { c.measured.wrapped.after.lost = 3; });
  with([](Case& c) { c.measured.wrapped.report = {{"dropped_finite", "2"}}; });
  with([](Case& c) { c.measured.wrapped.report = {{"dropped_streams", "2"}}; });
  with([](Case& c) { c.measured.wrapped.report = {{"aborted_by_child", "2"}}; });
  with([](Case& c) { c.measured.wrapped.stopped_by_us = false; });
  with([](Case& c) { c.measured.wrapped.restarts = 2; });
  for (const auto manner : {os::SignalDisposition::ignored, os::SignalDisposition::caught, os::SignalDisposition::default_action})
    with([&](Case& c) {
      c.measured.wrapped.killed = true;
      c.measured.wrapped.manner = manner;
      c.measured.wrapped.exit_code = 137;
    });
  with([](Case& c) { c.measured.wrapped.end = core::ChildEnd{.by_signal = true, .value = 15}; });
  with([](Case& c) { c.measured.wrapped.end = core::ChildEnd{.by_signal = true, .value = 11}; });
  with([](Case& c) { c.measured.wrapped.end = core::ChildEnd{.by_signal = false, .value = 3}; });
  with([](Case& c) { c.measured.wrapped.end.reset(); });
  with([](Case& c) { c.measured.wrapped.stop_time = seconds(4); });
  with([](Case& c) { c.measured.wrapped.left_behind = 2; });
  with([](Case& c) { c.measured.wrapped.total = seconds(9); });
  with([](Case& c) { c.measured.wrapped.total = seconds(11); });
  with([](Case& c) { c.measured.wrapped.outlived_limit = true; });
  with([](Case& c) { c.expected.limit = seconds(5); });
  return all;
}

}  // namespace lastcall::rehearsal::test
