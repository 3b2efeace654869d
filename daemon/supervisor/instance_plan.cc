#include "supervisor/instance_plan.h"

#include <algorithm>

#include "proto/proxy_header.h"

namespace lastcall::supervisor {
namespace {

constexpr Duration kClearTime = seconds(10);  // at most, for what a dead child left behind, before the next one starts

std::vector<core::StopStep> stop_steps(const config::Settings& settings) {
  if (!settings.stop_steps.empty()) return settings.stop_steps;
  return {{.signal = settings.stop_signal, .time = kInfinite}};
}

// What its lines are told by: the program's own name.
std::string base_name(const std::vector<std::string>& command) {
  return command.empty() ? "" : command[0].substr(command[0].rfind('/') + 1);  // npos + 1 is 0: all of it
}

// Our own connection, for nobody (G207): version 1 has no word for it but that it does not know.
std::string probe_preface(config::ProxySend send) {
  std::string preface;
  if (send == config::ProxySend::v1) preface = "PROXY UNKNOWN\r\n";
  if (send == config::ProxySend::v2) proto::append_proxy_header_v2_local(preface);
  return preface;
}

}  // namespace

InstancePlan make_instance_plan(const config::Settings& settings, const core::GraceBudget& budget, const os::SpawnRequest& child, OutputRelay* output) {
  InstancePlan plan;
  plan.count = settings.instances;
  plan.child = child;
  plan.stop = stop_steps(settings);
  plan.keeper = {.restart = settings.restart, .clear_time = std::min(budget.stop, kClearTime), .stop_signal = plan.stop.front().signal};
  plan.retirement = {.drain = budget.drain,
                     .stop = std::min(budget.stop, budget.stop_at_most),
                     .at_most = budget.deadlines(TimePoint{}).kill - TimePoint{}};
  plan.ready = settings.ready;
  plan.live = settings.live;
  plan.probe_preface = probe_preface(settings.forward.proxy_send);
  plan.proxied = !settings.no_proxy;
  plan.output = output;
  plan.name = base_name(settings.command);
  return plan;
}

}  // namespace lastcall::supervisor
