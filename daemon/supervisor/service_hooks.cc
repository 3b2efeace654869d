#include "supervisor/service_hooks.h"

#include "base/log.h"
#include "os/signal_name.h"

namespace lastcall::supervisor {

using core::HookEvent;
using core::Phase;

ServiceHooks::ServiceHooks(io::Loop& loop, ProcessTable& processes, Parts parts)
    : loop_(loop), parts_(std::move(parts)), runner_(loop, processes, parts_.settings.hooks, *this) {}

void ServiceHooks::add_to(core::Facts& facts) const {
  const core::HookPlan& plan = runner_.plan();
  facts.drained_hooks = plan.left(HookEvent::drained);
  facts.hooks = plan.left_before_exit();
  facts.exit_hooks = plan.left(HookEvent::exit);
}

void ServiceHooks::bury_orphans() {
  runner_.bury_orphans([this](const core::CopyLife& life) { return parts_.instances.lives(life); }, parts_.sequence.ending());
}

void ServiceHooks::on_ready(const Instance& which) {
  runner_.begin(HookEvent::started, kNever, {.copy = which.number(), .child_pid = which.process().pid(), .restarts = which.restarts()});
}

void ServiceHooks::on_crash(const Instance& which) {
  runner_.begin(HookEvent::crashed, kNever, {.copy = which.number(), .child_pid = which.process().pid(), .restarts = which.restarts(),
                                             .exit_code = os::shell_code(*which.process().exit())});
}

// Where the child ended by itself nothing is drained any more.
void ServiceHooks::on_end_begins() {
  const core::Cause cause = parts_.sequence.cause();
  if (cause == core::Cause::stop_requested || cause == core::Cause::workers_failed) runner_.begin(HookEvent::draining, last());
}

void ServiceHooks::on_transition(const core::Transition& transition) {
  if (transition.event != core::Event::deadline) return;
  if (transition.from == Phase::draining || transition.from == Phase::sealing) runner_.begin(HookEvent::forced, last(), {.forced = "drain"});
  if (transition.from == Phase::stopping) runner_.begin(HookEvent::forced, last(), {.forced = "kill"});
}

void ServiceHooks::run_drained() { runner_.begin(HookEvent::drained, parts_.sequence.deadline()); }

void ServiceHooks::run_cleanup() { runner_.begin(HookEvent::cleanup, parts_.sequence.deadline()); }

void ServiceHooks::run_exit(int exit_code) {
  exit_code_ = exit_code;
  runner_.begin(HookEvent::exit, parts_.sequence.deadline());
}

// Those of the phase that has ended, and of all before it.
void ServiceHooks::cut() {
  const core::ShutdownSequence& sequence = parts_.sequence;
  const std::string why = !sequence.served() ? "the command was never ready" : sequence.escalated() ? "the stop was cut short" : "no time was left";
  runner_.cut(HookEvent::drained, why);
  if (sequence.phase() < Phase::leaving) return;
  for (const HookEvent event : {HookEvent::started, HookEvent::draining, HookEvent::forced, HookEvent::crashed, HookEvent::cleanup})
    runner_.cut(event, "no time was left");
  if (sequence.phase() == Phase::exiting) runner_.cut(HookEvent::exit, "no time was left");
}

TimePoint ServiceHooks::last() const {
  const auto& deadlines = parts_.sequence.deadlines();
  return deadlines ? deadlines->exit : kNever;
}

HookSituation ServiceHooks::hook_situation(HookEvent event, const core::HookOccasion& about) const {
  const core::ShutdownRecord& record = parts_.recorder.record();
  HookSituation now;
  now.phase = core::to_string(parts_.sequence.phase());
  if (parts_.sequence.ending()) now.reason = record.request.reason.empty() ? core::to_string(parts_.sequence.cause()) : record.request.reason;
  if (record.request.signal != 0) now.signal = os::signal_name(record.request.signal);
  now.exit_code = about.exit_code;
  if (event == HookEvent::exit) now.exit_code = exit_code_;
  now.in_flight = record.live.finite + record.live.streams + record.jobs.running;
  if (const TimePoint end = last(); end != kNever) now.deadline_left = std::max(end - loop_.now(), Duration::zero());
  now.child_pid = about.copy ? about.child_pid : record.child().pid;
  return now;
}

// As the child is started, so that a hook may do what the child may and no more.
os::SpawnRequest ServiceHooks::hook_command(std::optional<std::uint32_t> copy) const {
  os::SpawnRequest request = parts_.command;
  request.env = parts_.instances.environment(copy);
  request.keep.clear();
  request.own_pid_variables.clear();
  return request;
}

std::vector<Address> ServiceHooks::hook_targets(std::optional<std::uint32_t> copy) const {
  std::vector<Address> targets;
  for (const auto& each : parts_.instances.all())
    if (each->state() == proto::InstanceState::ready && (!copy || each->number() == *copy)) targets.push_back(each->endpoint().upstream());
  return targets;
}

void ServiceHooks::on_hook_ended(const core::HookRecord& record) { parts_.recorder.hook_ended(record, loop_.now()); }

// Registered handlers count like configured ones, as long as they fit.
void ServiceHooks::on_hook_registered() {
  const core::HookPlan& plan = runner_.plan();
  core::GraceOptions options = parts_.settings.grace;
  options.drained_hooks = plan.wanted(HookEvent::drained);
  options.cleanup_hooks = plan.wanted(HookEvent::cleanup) + plan.wanted(HookEvent::forced);
  options.exit_hooks = plan.wanted(HookEvent::exit);
  if (const auto budget = core::GraceBudget::make(options))
    parts_.sequence.set_budget(budget.value());
  else
    log_warn("hooks_without_time")("why", budget.error().message);
}

}  // namespace lastcall::supervisor
