// Durations and points in time. TimePoint counts CLOCK_MONOTONIC nanoseconds (G193), so it compares between processes of one machine.
// There is deliberately no now() here: the core is handed the time; only os/clock reads it.
#pragma once

#include <chrono>
#include <cstdint>

namespace lastcall {

using Duration = std::chrono::nanoseconds;

struct Monotonic {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<Monotonic>;
  static constexpr bool is_steady = true;
};

using TimePoint = Monotonic::time_point;

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr TimePoint kNever = TimePoint::max();      // a deadline that does not come
constexpr Duration kInfinite = Duration::max();     // `grace: infinity`

// Adds without overflow: anything plus kInfinite, or after kNever, is kNever.
constexpr TimePoint after(TimePoint from, Duration wait) {
  if (wait == kInfinite || from == kNever) return kNever;
  if (wait > kNever - from) return kNever;
  return from + wait;
}

constexpr std::int64_t to_ms(Duration value) { return duration_cast<milliseconds>(value).count(); }

}  // namespace lastcall
