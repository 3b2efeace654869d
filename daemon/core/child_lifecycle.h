// The life of the child while the service runs: started, ready, dead, its rest cleared away, a pause, started again. It stands beside the
// shutdown sequence, not in it: the sequence hears of an end only when that end is final, so a restart is no phase of the shutdown and its
// table knows nothing of it. Once the service ends, the sequence has the child to itself and this machine rests for good. Pure and on virtual
// time, pull-style; holds no pid and sends no signal. Supervisor process only.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "core/restart_policy.h"

namespace lastcall::core {

enum class ChildState : std::uint8_t {
  absent,       // not started yet
  starting,     // its process runs
  ready,        // and serves
  clearing,     // it ended, or is being ended, and what it left behind goes too, before another takes its port
  backing_off,  // nothing of it is left; the next one waits for its time
  resting,      // its end is final, or the service ends: it is only reported
};
std::string_view to_string(ChildState state);

enum class ChildAction : std::uint8_t {
  hold_requests,  // nothing new to the child until it is ready again
  stop_main,      // its stop signal: it does not answer any more
  signal_rest,    // main is gone: TERM and CONT for what it left behind (P71)
  kill_all,       // SIGKILL for whatever is still there
  start,          // spawn the next one
  report_end,     // main has ended, and that is final: main_exited for the sequence
  report_never_ready,  // the last one allowed was not ready in time: child_not_ready for the sequence
};

class ChildLifecycle {
 public:
  // `clear_time`: what the rest of an ended child gets after TERM.
  ChildLifecycle(RestartPolicy policy, Duration clear_time) : policy_(std::move(policy)), clear_time_(clear_time) {}

  ChildState state() const { return state_; }
  const RestartPolicy& policy() const { return policy_; }
  TimePoint restart_at() const { return restart_at_; }

  void on_started();
  void on_start_failed(TimePoint now);
  void on_ready(TimePoint now);
  void on_unhealthy(TimePoint now);       // not ready in time, or no longer alive though it runs
  void on_exited(int code, TimePoint now, bool on_request = false);  // `on_request`: killed by hand, which is no failure
  void on_gone();                         // no process of it is left; may be told at any time
  void on_time(TimePoint now);

  // The service ends. True: no child runs that the sequence could stop, so it is to be told main_exited at once (P30).
  bool on_service_ending();

  TimePoint deadline() const;
  std::optional<ChildAction> next_action();

 private:
  void clear(TimePoint now, ChildAction first);

  RestartPolicy policy_;
  Duration clear_time_;
  ChildState state_ = ChildState::absent;
  bool main_lives_ = false;
  bool was_ready_ = false;  // this one or one before it
  bool final_ = false;      // when main, being ended, is gone, no other follows
  bool killed_ = false;
  TimePoint clear_until_ = kNever;
  TimePoint restart_at_ = kNever;
  std::deque<ChildAction> actions_;
};

}  // namespace lastcall::core
