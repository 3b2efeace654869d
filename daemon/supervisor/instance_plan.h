// What every copy of the child is made from: how it is started, probed, started again, stopped and let go. Made once, from the settings and the
// grace's budget; the Instances own it, and each Instance takes its part. A value without behaviour. Supervisor process only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/grace_budget.h"
#include "core/instance_retirement.h"
#include "core/stop_steps.h"
#include "os/spawn.h"
#include "supervisor/child_keeper.h"

namespace lastcall::supervisor {

class OutputRelay;

struct InstancePlan {
  std::uint32_t count = 1;  // at the start
  os::SpawnRequest child;  // all but the command and the variables, which the endpoint knows
  ChildKeeper::Options keeper;
  std::vector<core::StopStep> stop;
  core::InstanceRetirement::Limits retirement;
  config::ReadySettings ready;
  config::LiveSettings live;
  OutputRelay* output = nullptr;  // through whom its lines go; null: it has our own descriptors
  std::string name;               // of the program, for its lines
  std::string probe_preface = {};  // ProbeQuestion::preface
  bool proxied = true;  // else it is ready once it runs, unless `ready` says otherwise
  Duration port_hint_after = seconds(5);  // a server that listens at all does so by then, or is slow on purpose
};

// `child`: how a copy is started; `output`: null where it has our own descriptors, else it outlives the copies.
InstancePlan make_instance_plan(const config::Settings& settings, const core::GraceBudget& budget, const os::SpawnRequest& child, OutputRelay* output);

}  // namespace lastcall::supervisor
