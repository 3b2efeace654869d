#include "core/shutdown_sequence.h"

#include <algorithm>
#include <array>

#include "base/result.h"
#include "core/shutdown_table.h"

namespace lastcall::core {
namespace {

// How long workers may take to answer the seal before they are killed: an answer is one turn of their loop.
constexpr Duration kSealTimeout = milliseconds(500);
// After SIGKILL only a child in D state or a frozen one is still there; nobody waits for that to the end of a long or infinite grace.
constexpr Duration kReapTimeout = seconds(5);
constexpr Duration kLeastReapTime = milliseconds(100);
// Flushing without a deadline of its own: what section 11 grants to lingering clients.
constexpr Duration kLinger = seconds(1);

constexpr std::size_t kTransitionsKept = 64;

constexpr std::uint32_t bit(Action action) { return 1u << static_cast<unsigned>(action); }
constexpr std::uint32_t kRepeatable = bit(Action::announce_phase) | bit(Action::announce_ready) | bit(Action::cut_hooks);

Cause cause_of(Event event) {
  switch (event) {
    case Event::copy_exited:
    case Event::main_exited: return Cause::child_exited;
    case Event::child_not_ready: return Cause::child_not_ready;
    case Event::workers_failed: return Cause::workers_failed;
    case Event::stop_requested:
    case Event::escalated: return Cause::stop_requested;
    default: return Cause::none;
  }
}

}  // namespace

std::string_view to_string(Event event) {
  static constexpr std::array<std::string_view, kEventCount> kNames{
      "child_ready",       "child_not_ready", "stop_requested", "escalated", "drain_requested",
      "undrain_requested", "copy_exited", "main_exited", "workers_failed", "work_done",
      "deadline", "seal_overdue"};
  return kNames[static_cast<std::size_t>(event)];
}

std::string_view to_string(Action action) {
  static constexpr std::array<std::string_view, kActionCount> kNames{
      "announce_phase",    "announce_ready", "stop_accepting", "end_streams",        "drop_finite", "seal",           "kill_unsealed", "run_drained_hooks",
      "run_cleanup_hooks", "run_exit_hooks", "cut_hooks",      "signal_child", "signal_descendants", "kill_child",     "finish_workers", "kill_workers",
      "exit"};
  return kNames[static_cast<std::size_t>(action)];
}

std::string_view to_string(Cause cause) {
  static constexpr std::array<std::string_view, 5> kNames{"none", "stop_requested", "child_exited", "child_not_ready",
                                                          "workers_failed"};
  return kNames[static_cast<std::size_t>(cause)];
}

void ShutdownSequence::set_budget(const GraceBudget& budget) {
  if (!ending()) budget_ = budget;
}

void ShutdownSequence::on_event(Event event, TimePoint now) {
  if (event >= Event::work_done) panic("work_done, deadline and seal_overdue are derived, never fed");
  apply(event, now);
  settle(now);
}

void ShutdownSequence::shorten(Duration left, TimePoint now) {
  const TimePoint exit = after(now, left);
  if (!deadlines_ || phase_ == Phase::exiting || exit >= deadlines_->exit) return;
  Deadlines& ends = *deadlines_;
  ends.exit = exit;
  ends.reaped = std::min(ends.reaped, exit);
  ends.flush = std::min(ends.flush, exit);
  // Half of what is left before the kill belongs to the child, as far as it would have had so much; hooks have no share any more.
  ends.kill = std::min(ends.kill, exit - std::min<Duration>(budget_.kill_reserve, left / 4));
  ends.drain = std::min(ends.drain, now + std::max<Duration>(Duration::zero(), ends.kill - now - std::min<Duration>(budget_.stop, (ends.kill - now) / 2)));
  ends.lame = std::min(ends.lame, now);
  hand_out(Action::announce_phase, now);
  settle(now);
}

void ShutdownSequence::extend_stop(Duration wanted, TimePoint now) {
  if (phase_ != Phase::stopping) return;
  stop_extended_ = std::max(stop_extended_, after(now, wanted));
  settle(now);
}

void ShutdownSequence::on_facts(const Facts& facts, TimePoint now) {
  facts_ = facts;
  settle(now);
}

void ShutdownSequence::on_time(TimePoint now) { settle(now); }

void ShutdownSequence::apply(Event event, TimePoint now) {
  const table::Row& row = table::row_of(phase_, event);
  if (row.holds == table::Holds::never || (row.holds == table::Holds::before_t0 && deadlines_)) return;
  if (!ending() && cause_of(event) != Cause::none) begin_ending(event, row.next, now);
  escalated_ = escalated_ || event == Event::escalated;
  transitions_.push_back({phase_, event, row.next, now});
  if (transitions_.size() > kTransitionsKept) transitions_.pop_front();
  if (row.next != phase_) {
    phase_ = row.next;
    served_ = served_ || phase_ == Phase::serving;
    since_ = now;
    hand_out(Action::announce_phase, now);
  }
  for (const Action action : row.actions) hand_out(action, now);
}

// T0: from here on every end is an absolute time.
void ShutdownSequence::begin_ending(Event event, Phase next, TimePoint now) {
  cause_ = cause_of(event);
  deadlines_ = budget_.deadlines(now);
  // Who does not pass through the lame duck from T0 on, or stood in it long before, has nothing to wait for there (decision 8).
  if (next != Phase::lame_duck) deadlines_->lame = now;
}

void ShutdownSequence::hand_out(Action action, TimePoint now) {
  if (handed_out(action)) return;
  if (action == Action::announce_phase && !actions_.empty() && actions_.back() == action) return;
  // With the kill due in the same call (grace 0, P78), a polite signal would only start what the next one cuts short.
  if (action == Action::signal_child && now >= deadlines_->kill) return;
  // A stop between two children, with no worker left to seal, comes here before it is told that main is gone (P30).
  if (action == Action::signal_child && facts_.child_gone) return;
  // Hooks that are to be cut in the same call are not begun at all.
  const bool begins_hooks = action == Action::run_drained_hooks || action == Action::run_cleanup_hooks || action == Action::run_exit_hooks;
  if (begins_hooks && now >= phase_deadline()) return;
  if (action == Action::kill_child) killed_ = true;
  if ((bit(action) & kRepeatable) == 0) handed_out_ |= bit(action);
  actions_.push_back(action);
}

bool ShutdownSequence::handed_out(Action action) const { return (handed_out_ & bit(action)) != 0; }

// Goes on until nothing follows any more. Every answer to work_done and deadline leads to a later phase, and seal_overdue comes only
// once, so this ends.
void ShutdownSequence::settle(TimePoint now) {
  while (phase_ != Phase::exiting) {
    if (work_is_done())
      apply(Event::work_done, now);
    else if (now >= phase_deadline())
      apply(phase_ == Phase::sealing && !all_sealed() ? Event::seal_overdue : Event::deadline, now);
    else
      return;
  }
}

bool ShutdownSequence::work_is_done() const {
  switch (phase_) {
    case Phase::starting:
    case Phase::serving:
    case Phase::lame_duck:
    case Phase::exiting: return false;
    case Phase::draining: return facts_.listeners_closed && facts_.finite == 0 && facts_.jobs == 0;
    case Phase::ending_streams: return facts_.finite == 0 && facts_.streams == 0 && facts_.idle == 0;
    case Phase::sealing: return all_sealed() && !late_requests_run();
    case Phase::emptying: return facts_.drained_hooks == 0;
    case Phase::stopping:
    case Phase::killing: return facts_.child_gone;
    case Phase::flushing: return facts_.workers_finished && facts_.hooks == 0;
    case Phase::leaving: return facts_.exit_hooks == 0;
  }
  return false;
}

// A killed worker promises nothing new either.
bool ShutdownSequence::all_sealed() const { return facts_.sealed || handed_out(Action::kill_unsealed); }

// In ending_streams late requests are still served (decision 2); each of them has the drain's deadline, as any other. Without a drain
// (stopped before ready: G128), or once the running ones were given up, nobody waits.
bool ShutdownSequence::late_requests_run() const {
  return facts_.finite > 0 && handed_out(Action::end_streams) && !handed_out(Action::drop_finite);
}

TimePoint ShutdownSequence::phase_deadline() const {
  if (!deadlines_) return kNever;
  const Deadlines& ends = *deadlines_;
  switch (phase_) {
    case Phase::starting:
    case Phase::serving:
    case Phase::exiting: return kNever;
    case Phase::lame_duck: return ends.lame;
    case Phase::draining: return ends.drain;
    case Phase::ending_streams: return std::min(after(since_, budget_.stream_drain), ends.drain);
    case Phase::sealing: return all_sealed() ? ends.drain : std::min(after(since_, kSealTimeout), ends.kill);
    case Phase::emptying: return emptying_deadline();
    case Phase::stopping: return stopping_deadline();
    case Phase::killing: return killing_deadline();
    case Phase::flushing: return ends.exit == kNever ? after(after(since_, kLinger), budget_.hooks - budget_.exit_hooks) : ends.flush;
    case Phase::leaving: return ends.exit == kNever ? after(since_, budget_.exit_hooks) : ends.exit;
  }
  return kNever;
}

// C stays the child's (decision 3). Who is impatient waits for no buffers, and a child that was never ready has none.
TimePoint ShutdownSequence::emptying_deadline() const {
  if (escalated_ || !served_) return since_;
  return deadlines_->kill == kNever ? kNever : deadlines_->kill - budget_.stop;
}

// Without a T_kill a written stop_timeout counts from the signal, as steps with times of their own always do.
TimePoint ShutdownSequence::stopping_deadline() const {
  const TimePoint kill = deadlines_->kill;
  const Duration written = kill == kNever ? std::min(budget_.stop, budget_.stop_at_most) : budget_.stop_at_most;
  return std::min(kill, std::max(after(since_, written), stop_extended_));
}

// A machine that stood still past all deadlines has not yet had the time to end whom it was told to.
TimePoint ShutdownSequence::killing_deadline() const {
  const TimePoint least = after(since_, std::min(budget_.kill_reserve, kLeastReapTime));
  return std::max(least, std::min(deadlines_->reaped, after(since_, kReapTimeout)));
}

TimePoint ShutdownSequence::deadline() const { return phase_deadline(); }

std::optional<Action> ShutdownSequence::next_action() {
  if (actions_.empty()) return std::nullopt;
  const Action action = actions_.front();
  actions_.pop_front();
  return action;
}

std::optional<Transition> ShutdownSequence::next_transition() {
  if (transitions_.empty()) return std::nullopt;
  const Transition transition = transitions_.front();
  transitions_.pop_front();
  return transition;
}

}  // namespace lastcall::core
