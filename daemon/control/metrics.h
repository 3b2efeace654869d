// The state in the text format that Prometheus scrapes (version 0.0.4): gauges of now, counters since the start that survive the workers,
// histograms of latency and of drains. Every name begins with lastcall_ and follows Prometheus' naming rules. Pure; supervisor process only.
#pragma once

#include <string>

#include "control/plane.h"

namespace lastcall::control {

std::string metrics_text(const StateView& state);

}  // namespace lastcall::control
