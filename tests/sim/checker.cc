#include "checker.h"

#include <algorithm>

namespace lastcall::sim {

using core::Action;
using core::Event;

const char* to_string(Rule rule) {
  switch (rule) {
    case Rule::request_to_sealed_instance: return "request_to_sealed_instance";
    case Rule::signal_before_hooks: return "signal_before_hooks";
    case Rule::cleanup_before_gone: return "cleanup_before_gone";
    case Rule::hooks_after_exit: return "hooks_after_exit";
    case Rule::signal_before_seal: return "signal_before_seal";
    case Rule::copy_signal_before_seal: return "copy_signal_before_seal";
    case Rule::copy_dropped_early: return "copy_dropped_early";
    case Rule::copy_killed_early: return "copy_killed_early";
    case Rule::kill_too_early: return "kill_too_early";
    case Rule::kill_twice: return "kill_twice";
    case Rule::signal_after_reap: return "signal_after_reap";
    case Rule::accept_after_close: return "accept_after_close";
    case Rule::closed_before_workers: return "closed_before_workers";
    case Rule::dropped_early: return "dropped_early";
    case Rule::deadline_in_the_past: return "deadline_in_the_past";
    case Rule::exit_too_late: return "exit_too_late";
    case Rule::action_repeated: return "action_repeated";
  }
  return "?";
}

void Checker::report(Rule rule, const std::string& detail) {
  rules_.insert(rule);
  broken_.push_back("seed " + std::to_string(plan_.seed) + ": " + to_string(rule) + ": " + detail);
}

void Checker::on_event(Event event, core::Phase phase, TimePoint now) {
  const bool ends = event == Event::stop_requested || event == Event::escalated || event == Event::main_exited ||
                    event == Event::copy_exited || event == Event::workers_failed || event == Event::child_not_ready;
  if (event == Event::escalated) last_escalation_ = now;
  if (!ends || t0_) return;
  t0_ = now;
  drains_ = phase == core::Phase::serving || phase == core::Phase::lame_duck;
}

void Checker::after_call(const core::ShutdownSequence& sequence, TimePoint now) {
  if (sequence.deadline() <= now) report(Rule::deadline_in_the_past, std::string(core::to_string(sequence.phase())));
}

// Computed here from T0, not taken from the sequence.
core::Deadlines Checker::ends() const { return t0_ ? budget_.deadlines(*t0_) : core::Deadlines{}; }

void Checker::on_action(Action action, const Truth& truth, TimePoint now) {
  if (action == Action::announce_phase || action == Action::cut_hooks) return;
  if (!seen_.insert(action).second)
    report(action == Action::kill_child ? Rule::kill_twice : Rule::action_repeated, std::string(core::to_string(action)));
  if (action == Action::drop_finite && !last_escalation_ && now < ends().drain)
    report(Rule::dropped_early, "drop_finite before T_drain");
  if (action == Action::signal_child || action == Action::signal_descendants) asked_ = asked_.value_or(now);
  if (action == Action::signal_child) check_signal(truth, now);
  if (action == Action::kill_child) check_kill(now);
  if (action == Action::run_cleanup_hooks && !truth.child_gone && !plan_.unkillable) report(Rule::cleanup_before_gone, "");
  if (action == Action::exit && truth.running_hooks > 0) report(Rule::hooks_after_exit, std::to_string(truth.running_hooks));
  if (action == Action::exit) check_exit(now);
}

void Checker::check_signal(const Truth& truth, TimePoint now) {
  signalled_ = true;
  if (truth.main_reaped) report(Rule::signal_after_reap, "the main child");
  if (!truth.every_worker_sealed) report(Rule::signal_before_seal, "a living worker may still send requests");
  const bool had_time = drains_ && !last_escalation_ && now < ends().drain;
  if (had_time && truth.running_finite > 0)
    report(Rule::dropped_early, std::to_string(truth.running_finite) + " requests ran when the child got its stop signal");
  if (drains_ && !last_escalation_ && now < ends().kill - budget_.stop && truth.drained_hooks > 0)
    report(Rule::signal_before_hooks, std::to_string(truth.drained_hooks) + " drained hooks had not ended");
}

void Checker::check_kill(TimePoint now) {
  if (last_escalation_) return;
  const bool counted = plan_.grace.grace == kInfinite || budget_.stop_at_most != kInfinite;
  const TimePoint by_stop = counted && asked_ ? after(*asked_, budget_.stop) : kNever;
  if (now < std::min(ends().kill, by_stop)) report(Rule::kill_too_early, "before T_kill");
}

void Checker::check_exit(TimePoint now) {
  if (!t0_) return report(Rule::exit_too_late, "left although nobody asked");
  // Independent of what the sequence computed: the grace, or for a grace of zero the quarter of a second that reaping may take.
  const Duration grace = std::max<Duration>(plan_.grace.grace, milliseconds(250));
  if (now > after(after(*t0_, grace), plan_.timer_lateness)) report(Rule::exit_too_late, "after the grace");
}

void Checker::on_copy_signal(bool every_worker_sealed, bool had_time, std::size_t running_finite) {
  if (!every_worker_sealed) report(Rule::copy_signal_before_seal, "a living worker may still send requests to it");
  if (had_time && running_finite > 0) report(Rule::copy_dropped_early, std::to_string(running_finite) + " requests ran at it");
}

void Checker::on_copy_kill(bool had_time) {
  if (had_time) report(Rule::copy_killed_early, "before its stop timeout");
}

void Checker::on_forward(bool worker_sealed, bool copy_signalled) {
  if (worker_sealed) report(Rule::request_to_sealed_instance, "by a worker that had sealed");
  if (signalled_ || copy_signalled) report(Rule::request_to_sealed_instance, "after the stop signal");
}

void Checker::on_accept(bool copy_open) {
  if (!copy_open || closed_) report(Rule::accept_after_close, copy_open ? "after the supervisor closed" : "by a closed copy");
}

void Checker::on_supervisor_closed(const Truth& truth) {
  closed_ = true;
  if (truth.any_worker_accepts) report(Rule::closed_before_workers, "a living worker still accepts");
}

void Checker::on_end(bool exited, TimePoint now) {
  if (!exited) report(Rule::exit_too_late, "never: " + std::to_string(to_ms(now.time_since_epoch())) + " ms");
}

}  // namespace lastcall::sim
