// The one place that reads the clock: CLOCK_MONOTONIC, which counts neither suspend nor clock steps (G193, P95) and compares between
// the processes of one machine. Whoever makes decisions is handed the time; io::Loop calls this once per callback.
#pragma once

#include "base/time.h"

namespace lastcall::os {

TimePoint now();

}  // namespace lastcall::os
