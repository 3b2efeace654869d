// How a run is set up: the settings of the lastcall in it, where our clients connect, who stops it and for how long we wait. The run with
// lastcall keeps all that the user wrote but the place to listen and the log; the run without it is `lastcall --no-proxy` as a bare init
// that only passes the platform's signal on, with the port that the command would have been given. Holds what must live as long as the run.
#pragma once

#include <optional>
#include <string>

#include "base/address.h"
#include "config/settings.h"
#include "os/port_assignment.h"
#include "os/runtime_directory.h"
#include "rehearsal/rehearse_options.h"

namespace lastcall::rehearsal {

struct RunPlan {
  bool wrapped = true;            // with lastcall in front
  config::Settings settings;      // of the lastcall inside
  std::optional<Address> server;  // where our clients connect; empty: nobody can (--no-proxy)
  std::optional<os::AssignedPort> port;
  std::optional<os::RuntimeDirectory> directory;
  int signal = 15;                // the platform's
  bool signal_everybody = false;  // Heroku
  std::string ready_http;         // a bare init asks nobody whether it is ready: we do
};

Result<RunPlan> plan_wrapped_run(const config::Settings& settings, const RehearseOptions& options);

// `grace`: how long it has after the signal.
Result<RunPlan> plan_bare_run(const config::Settings& settings, const RehearseOptions& options, Duration grace);

}  // namespace lastcall::rehearsal
