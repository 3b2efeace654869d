#include "core/child_lifecycle.h"

#include <array>

namespace lastcall::core {
namespace {

// Only what is stuck in the kernel outlives SIGKILL for longer; the next child does not wait for it.
constexpr Duration kReapTimeout = seconds(5);

}  // namespace

std::string_view to_string(ChildState state) {
  static constexpr std::array<std::string_view, 6> kNames{"absent", "starting", "ready", "clearing", "backing_off", "resting"};
  return kNames[static_cast<std::size_t>(state)];
}

void ChildLifecycle::on_started() {
  if (state_ == ChildState::resting) return;
  state_ = ChildState::starting;
  main_lives_ = true;
  restart_at_ = kNever;
}

// Counts as a failure like any other (P93).
void ChildLifecycle::on_start_failed(TimePoint now) {
  if (state_ == ChildState::resting) return;
  const auto when = policy_.on_end(std::nullopt, now);
  state_ = when ? ChildState::backing_off : ChildState::resting;
  restart_at_ = when.value_or(kNever);
  if (!when) actions_.push_back(ChildAction::report_end);
}

void ChildLifecycle::on_ready(TimePoint now) {
  if (state_ != ChildState::starting) return;
  state_ = ChildState::ready;
  was_ready_ = true;
  policy_.on_well(now);
}

void ChildLifecycle::on_unhealthy(TimePoint now) {
  if (state_ != ChildState::starting && state_ != ChildState::ready) return;
  const auto when = policy_.on_end(std::nullopt, now);
  if (!when && !was_ready_) {
    state_ = ChildState::resting;
    return actions_.push_back(ChildAction::report_never_ready);
  }
  final_ = !when;
  restart_at_ = when.value_or(kNever);
  clear(now, ChildAction::stop_main);
}

void ChildLifecycle::on_exited(int code, TimePoint now, bool on_request) {
  main_lives_ = false;
  if (state_ == ChildState::resting) return actions_.push_back(ChildAction::report_end);
  if (state_ != ChildState::clearing) {
    const auto when = on_request ? policy_.on_killed(now) : policy_.on_end(code, now);
    final_ = !when;
    restart_at_ = when.value_or(kNever);
  }
  if (final_) {
    state_ = ChildState::resting;
    return actions_.push_back(ChildAction::report_end);
  }
  // What is left of a child that had to be ended shares the time that was given to it.
  state_ == ChildState::clearing ? actions_.push_back(ChildAction::signal_rest) : clear(now, ChildAction::signal_rest);
}

void ChildLifecycle::clear(TimePoint now, ChildAction first) {
  state_ = ChildState::clearing;
  killed_ = false;
  clear_until_ = after(now, clear_time_);
  actions_.push_back(ChildAction::hold_requests);
  actions_.push_back(first);
}

void ChildLifecycle::on_gone() {
  if (state_ == ChildState::clearing && !main_lives_) state_ = ChildState::backing_off;
}

void ChildLifecycle::on_time(TimePoint now) {
  if (now < deadline()) return;
  if (state_ == ChildState::clearing && !killed_) {
    killed_ = true;
    clear_until_ = now + kReapTimeout;
    actions_.push_back(ChildAction::kill_all);
  } else if (state_ == ChildState::clearing) {
    // A main process in D state keeps its number and perhaps its port: another one would only fight it.
    clear_until_ = kNever;
    on_gone();
    on_time(now);
  } else {
    state_ = ChildState::absent;
    actions_.push_back(ChildAction::start);
  }
}

bool ChildLifecycle::on_service_ending() {
  const bool nobody = !main_lives_ && (state_ == ChildState::clearing || state_ == ChildState::backing_off);
  state_ = ChildState::resting;
  actions_.clear();
  return nobody;
}

TimePoint ChildLifecycle::deadline() const {
  if (state_ == ChildState::clearing) return clear_until_;
  return state_ == ChildState::backing_off ? restart_at_ : kNever;
}

std::optional<ChildAction> ChildLifecycle::next_action() {
  if (actions_.empty()) return std::nullopt;
  const ChildAction action = actions_.front();
  actions_.pop_front();
  return action;
}

}  // namespace lastcall::core
