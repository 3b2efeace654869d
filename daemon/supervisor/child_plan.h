// How the child is started, worked out once from the settings: users and groups looked up, systemd's variables sorted out, everything that
// spawn() needs but the command and the variables that its endpoint adds. A mistake here is told before anything runs (exit 125, P9).
// Supervisor process only.
#pragma once

#include <optional>

#include "config/child_environment.h"
#include "config/settings.h"
#include "os/inherited_state.h"
#include "os/spawn.h"

namespace lastcall::supervisor {

struct ChildPlan {
  os::SpawnRequest request;         // argv and env are still empty
  config::Environment environment;  // without PORT and HOST
};

// `inherited` must outlive the plan.
Result<ChildPlan> make_child_plan(const config::Settings& settings, const config::ChildEnvironment& environment,
                                  const os::InheritedState& inherited);

}  // namespace lastcall::supervisor
