#include "core/instance_retirement.h"

#include <algorithm>

namespace lastcall::core {
namespace {

// Only what is stuck in the kernel outlives SIGKILL for longer; nobody waits for that.
constexpr Duration kReapTimeout = seconds(5);

}  // namespace

void InstanceRetirement::enter(State state, TimePoint deadline) {
  state_ = state;
  deadline_ = deadline;
}

// No deadline for the seal: a worker that does not answer is found to hang and dies (docs/design.md 1.1), and the dead count as sealed.
void InstanceRetirement::begin(TimePoint now) {
  if (state_ != State::idle) return;
  latest_ = after(now, limits_.at_most);
  enter(State::sealing, kNever);
  actions_.push_back(RetireAction::seal);
}

void InstanceRetirement::skip_drain(TimePoint now) {
  if (state_ == State::idle || state_ == State::sealing || state_ == State::draining) stop(now);
}

void InstanceRetirement::extend(Duration wanted, TimePoint now) {
  if (state_ == State::stopping) deadline_ = std::max(deadline_, std::min(after(now, wanted), latest_));
}

void InstanceRetirement::on_facts(const Facts& facts, TimePoint now) {
  facts_ = facts;
  settle(now);
}

void InstanceRetirement::on_time(TimePoint now) { settle(now); }

void InstanceRetirement::stop(TimePoint now) {
  enter(State::stopping, after(now, limits_.stop));
  if (facts_.main_runs) actions_.push_back(RetireAction::stop_main);
}

// Each turn of the loop goes on to a later state or has no more to do.
void InstanceRetirement::settle(TimePoint now) {
  for (;;) {
    if (state_ == State::idle || state_ == State::gone) return;
    if (!facts_.main_runs && (state_ == State::sealing || state_ == State::draining)) {
      stop(now);
    } else if (state_ == State::sealing && facts_.sealed) {
      enter(State::draining, after(now, limits_.drain));
    } else if (state_ == State::draining && (facts_.finite == 0 || now >= deadline_)) {
      stop(now);
    } else if ((state_ == State::stopping || state_ == State::killing) && !facts_.main_runs && facts_.gone) {
      enter(State::gone, kNever);
      actions_.push_back(RetireAction::report_gone);
    } else if (state_ == State::stopping && !facts_.main_runs && !rest_signalled_) {
      rest_signalled_ = true;
      actions_.push_back(RetireAction::signal_rest);
    } else if (state_ == State::stopping && now >= deadline_) {
      killed_ = true;
      enter(State::killing, now + kReapTimeout);
      actions_.push_back(RetireAction::kill_all);
    } else if (state_ == State::killing && now >= deadline_) {
      enter(State::gone, kNever);
      actions_.push_back(RetireAction::report_gone);
    } else {
      return;
    }
  }
}

TimePoint InstanceRetirement::deadline() const { return deadline_; }

std::optional<RetireAction> InstanceRetirement::next_action() {
  if (actions_.empty()) return std::nullopt;
  const RetireAction action = actions_.front();
  actions_.pop_front();
  return action;
}

}  // namespace lastcall::core
