#include "supervisor/child_keeper.h"

#include <random>
#include <utility>

namespace lastcall::supervisor {
namespace {

core::RestartPolicy make_policy(const core::RestartOptions& options) {
  std::minstd_rand engine(std::random_device{}());
  return core::RestartPolicy(options, [engine]() mutable { return std::uniform_real_distribution<double>()(engine); });
}

}  // namespace

ChildKeeper::ChildKeeper(io::Loop& loop, const Options& options, ChildProcess& child, ChildEndpoint& endpoint, Owner& owner)
    : loop_(loop),
      stop_signal_(options.stop_signal),
      child_(child),
      endpoint_(endpoint),
      owner_(owner),
      lifecycle_(make_policy(options.restart), options.clear_time),
      timer_(loop, [this] { update(); }) {}

// Whatever keeps the first one from being started would keep all others as well: a mistake in the command, not a failure of the child.
std::optional<os::SpawnFailure> ChildKeeper::start() {
  auto failure = child_.start();
  if (!failure) lifecycle_.on_started();
  return failure;
}

void ChildKeeper::on_ready() { lifecycle_.on_ready(loop_.now()); }

void ChildKeeper::on_unhealthy(std::optional<int> signal) {
  end_signal_ = signal.value_or(stop_signal_);
  lifecycle_.on_unhealthy(loop_.now());
  take_actions();
}

void ChildKeeper::on_exited(bool on_request) {
  lifecycle_.on_exited(os::shell_code(*child_.exit()), loop_.now(), on_request);
  take_actions();
}

void ChildKeeper::update() {
  if (child_.gone()) lifecycle_.on_gone();
  lifecycle_.on_time(loop_.now());
  take_actions();
}

bool ChildKeeper::on_service_ending() {
  timer_.disarm();
  return lifecycle_.on_service_ending();
}

void ChildKeeper::take_actions() {
  while (const auto action = lifecycle_.next_action()) carry_out(*action);
  timer_.arm_at(lifecycle_.deadline());
}

void ChildKeeper::carry_out(core::ChildAction action) {
  switch (action) {
    case core::ChildAction::hold_requests:
      owner_.on_child_held();
      return tell_what_follows();
    case core::ChildAction::stop_main: (void)child_.stop(end_signal_); return;
    case core::ChildAction::signal_rest:
      (void)child_.signal_descendants();
      return child_.look_for_rest();
    case core::ChildAction::kill_all:
      owner_.name(log_warn("child_killed")("why", "it was in the way of the next one"));
      return child_.kill_all();
    case core::ChildAction::start: return start_next();
    case core::ChildAction::report_end:
      tell_what_follows();
      return owner_.on_child_ended(exec_failure_);
    case core::ChildAction::report_never_ready:
      tell_what_follows();
      return owner_.on_child_never_ready();
  }
}

void ChildKeeper::start_next() {
  endpoint_.clear_for_next();
  if (const auto failure = child_.start()) return on_start_failed(*failure);
  exec_failure_.reset();
  lifecycle_.on_started();
  owner_.on_child_started();
}

void ChildKeeper::on_start_failed(const os::SpawnFailure& failure) {
  owner_.name(log_error("child_not_started")("why", failure.message));
  exec_failure_ = failure.exit_code;
  lifecycle_.on_start_failed(loop_.now());
  if (lifecycle_.state() == core::ChildState::backing_off) tell_what_follows();
}

void ChildKeeper::tell_what_follows() {
  if (gave_up()) {
    if (std::exchange(told_, true)) return;
    owner_.name(log_error("restarts_given_up")("why", "the child ended too often; see restart.limit and restart.window"));
  } else if (lifecycle_.restart_at() != kNever) {
    owner_.name(log_warn("child_restarting")("attempt", lifecycle_.policy().attempt())("in_ms", to_ms(lifecycle_.restart_at() - loop_.now())));
  }
}

}  // namespace lastcall::supervisor
