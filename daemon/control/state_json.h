// The service's state as JSON: what /v1/state, /status and the events say. One stable form for every reader; docs/child-api.md describes it.
// Pure functions. Supervisor process only.
#pragma once

#include <string>

#include "control/plane.h"

namespace lastcall::control {

std::string state_json(const StateView& state);            // one line, without its end
std::string connections_json(const ConnectionList& list);  // likewise
std::string jobs_json(View& view);                         // likewise
std::string phase_json(const StateView& state);            // of the event "phase"

}  // namespace lastcall::control
