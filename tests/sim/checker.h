// What must never happen, whatever the schedule. It sees the true state of workers and child, which the supervisor only hears about,
// and never helps: it only writes down what broke. Owned by one Simulation; test only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/shutdown_sequence.h"
#include "plan.h"

namespace lastcall::sim {

enum class Rule {
  request_to_sealed_instance,  // a worker sends the child something new after its own seal, or after the stop signal
  signal_before_hooks,         // stop signal while a drained hook has yet to end, although there was time
  cleanup_before_gone,         // cleanup hooks while something of the child's lives that SIGKILL could still end
  hooks_after_exit,            // one runs on although we leave
  signal_before_seal,          // stop signal while a living worker has not sealed
  copy_signal_before_seal,     // the same, of a copy that leaves alone
  copy_dropped_early,          // it got its stop signal while it answered and had time
  copy_killed_early,           // before its stop timeout
  kill_too_early,              // before T_kill, without escalation
  kill_twice,
  signal_after_reap,           // the pid may belong to somebody else by now
  accept_after_close,
  closed_before_workers,       // the supervisor closes last, else the queue of a worker that still accepts is lost
  dropped_early,               // a request that could still have finished in time was counted as dropped, or cut off
  deadline_in_the_past,        // after on_time(): the loop would spin
  exit_too_late,
  action_repeated,
};
const char* to_string(Rule rule);

// The true state at one moment, as the world knows it.
struct Truth {
  bool main_reaped = false;
  bool every_worker_sealed = true;     // of the living
  bool any_worker_accepts = false;
  bool child_gone = false;             // and all its descendants
  std::size_t drained_hooks = 0;       // that have not ended
  std::size_t running_hooks = 0;       // of any event
  std::size_t running_finite = 0;      // requests that still run on living, healthy workers and a living child
};

class Checker {
 public:
  Checker(const Plan& plan, const core::GraceBudget& budget) : plan_(plan), budget_(budget) {}

  void on_event(core::Event event, core::Phase phase, TimePoint now);
  void after_call(const core::ShutdownSequence& sequence, TimePoint now);
  void on_action(core::Action action, const Truth& truth, TimePoint now);
  void on_forward(bool worker_sealed, bool copy_signalled);
  // A copy leaves alone: `had_time`: its drain is not over.
  void on_copy_signal(bool every_worker_sealed, bool had_time, std::size_t running_finite);
  void on_copy_kill(bool had_time);
  void on_accept(bool copy_open);
  void on_supervisor_closed(const Truth& truth);
  void on_end(bool exited, TimePoint now);

  const std::vector<std::string>& broken() const { return broken_; }
  const std::set<Rule>& rules() const { return rules_; }

 private:
  void report(Rule rule, const std::string& detail);
  core::Deadlines ends() const;
  void check_signal(const Truth& truth, TimePoint now);
  void check_kill(TimePoint now);
  void check_exit(TimePoint now);

  const Plan& plan_;
  core::GraceBudget budget_;
  std::optional<TimePoint> t0_;
  std::optional<TimePoint> asked_;  // first goodbye to the child or to what it left behind
  std::optional<TimePoint> last_escalation_;
  bool drains_ = false;  // the end began while the service served
  bool signalled_ = false;
  bool closed_ = false;
  std::set<core::Action> seen_;
  std::set<Rule> rules_;
  std::vector<std::string> broken_;
};

}  // namespace lastcall::sim
