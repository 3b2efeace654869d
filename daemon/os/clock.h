// The one place that reads the clock: CLOCK_MONOTONIC, which counts neither suspend nor clock steps (G193, P95) and compares between
// the processes of one machine. Whoever makes decisions is handed the time; io::Loop calls this once per callback.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace lastcall::os {

TimePoint now();

std::int64_t unix_time_ms();  // the wall clock, for reports to people only: never compared with anything

}  // namespace lastcall::os
