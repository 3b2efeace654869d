// THE machine: from starting to exiting, what is done at each event and each deadline. One constexpr table (shutdown_table.h)
// answers every (phase, event) pair; a consteval check proves that each pair stands there exactly once. It owns no clock, no
// descriptor and no pid: the supervisor feeds it events, facts and the time, and carries out the actions that it hands back.
// Phases with nothing to wait for pass within one call, and it always reaches `exiting` by T_exit. Supervisor process only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "core/grace_budget.h"
#include "core/phase.h"

namespace lastcall::core {

enum class Event : std::uint8_t {
  child_ready,       // the readiness probe succeeded
  child_not_ready,   // ready.timeout passed, or the child could not be probed: never started (exit 124)
  stop_requested,    // TERM, INT, QUIT, ctl stop, POST /v1/shutdown; repetition changes nothing (G124)
  escalated,         // Ctrl-C again, or ctl stop --now: the next harder step (decision 5)
  drain_requested,   // ctl drain: lame duck without a deadline (decision 8)
  undrain_requested, // back to serving, only before the listeners close
  copy_exited,       // one of several copies of the child ended for good, and policy has it that the service ends with it
  main_exited,       // the main child is gone (asked or not), the last of its copies; its descendants may live
  workers_failed,    // workers keep crashing: ordered stop, exit 70
  work_done,         // derived from the facts: nothing is left of what this phase waits for
  deadline,          // derived from the time: this phase's end has come
  seal_overdue,      // derived from both: a worker has not answered the seal in time
};
inline constexpr std::size_t kEventCount = 12;
std::string_view to_string(Event event);

// Each is handed out at most once in a life, except announce_phase, announce_ready and cut_hooks.
enum class Action : std::uint8_t {
  announce_phase,      // tell workers the phase and the deadlines; first at every change, two in a row are merged
  announce_ready,      // accept, READY=1
  stop_accepting,      // close the listeners, workers first (docs/design.md 1.1)
  end_streams,         // idle connections, streams and tunnels get their goodbye
  drop_finite,         // the drain deadline fired: what is still running is counted as dropped
  seal,                // no new request to the child from now on
  kill_unsealed,       // workers that did not answer the seal in time are killed, but those still being born; their seal counts as given
  run_drained_hooks,   // buffers are written away, before the child may go
  run_cleanup_hooks,   // the child is gone, or even SIGKILL did not end it
  run_exit_hooks,      // the exit code is decided now, and they are told
  cut_hooks,           // no hook that was begun so far runs on or is still waited for; comes as often as it is needed
  signal_child,        // the child's own stop signal to its main process, then SIGCONT
  signal_descendants,  // main is gone: TERM and CONT to what it left behind (P71)
  kill_child,          // SIGKILL for everything of the child's, exactly once
  finish_workers,      // flush what clients are owed, then leave
  kill_workers,        // T_exit: whatever a worker still holds is reset and counted
  exit,                // leave
};
inline constexpr std::size_t kActionCount = 17;
std::string_view to_string(Action action);

// What the phases wait for; whole states, merged by the supervisor from the workers' ledger and the child. To be told again
// whenever any of it changes: what the sequence knows must never be older than the last action that was carried out.
struct Facts {
  bool listeners_closed = false;
  bool sealed = false;           // all living workers
  bool child_gone = false;       // the main child and every descendant
  bool workers_finished = false; // no worker lives, or all said finished
  std::uint64_t finite = 0;      // requests in flight that will end by themselves
  std::uint64_t jobs = 0;
  std::uint64_t drained_hooks = 0;  // that have not ended; those that have yet to begin count, too
  std::uint64_t hooks = 0;          // the same for the cleanup hooks; with all others that run but the exit hooks
  std::uint64_t exit_hooks = 0;     // the same for these
  std::uint64_t streams = 0;
  std::uint64_t idle = 0;        // connections without a request
  bool operator==(const Facts&) const = default;
};

// Why the service ends; the first cause is kept.
enum class Cause : std::uint8_t { none, stop_requested, child_exited, child_not_ready, workers_failed };
std::string_view to_string(Cause cause);

// One step of the machine, for the log: the log of a shutdown is the trace of the machine.
struct Transition {
  Phase from;
  Event event;
  Phase to;  // may equal `from`
  TimePoint at;
  bool operator==(const Transition&) const = default;
};

class ShutdownSequence {
 public:
  explicit ShutdownSequence(const GraceBudget& budget) : budget_(budget) {}

  Phase phase() const { return phase_; }
  Cause cause() const { return cause_; }
  bool killed() const { return killed_; }         // kill_child was handed out
  bool served() const { return served_; }         // the child was ready once
  bool escalated() const { return escalated_; }   // somebody was impatient
  bool ending() const { return cause_ != Cause::none; }
  const std::optional<Deadlines>& deadlines() const { return deadlines_; }  // set at T0
  const GraceBudget& budget() const { return budget_; }
  void set_budget(const GraceBudget& budget);  // hooks were registered; ignored once the end began

  void on_event(Event event, TimePoint now);
  // Who stops us will kill us before long (G156): the exit comes at most `left` from now. Every end moves, and only ever forward.
  void shorten(Duration left, TimePoint now);
  // The child asks for so much time from now, after its stop signal: what ends before the grace does may end later, T_kill never moves.
  void extend_stop(Duration wanted, TimePoint now);
  void on_facts(const Facts& facts, TimePoint now);
  void on_time(TimePoint now);

  TimePoint deadline() const;          // when on_time() must be called next; kNever if nothing waits
  std::optional<Action> next_action(); // in order; the caller carries each out before asking for the next
  std::optional<Transition> next_transition();  // what happened since the last call, oldest first; only the last 64 are kept

 private:
  void apply(Event event, TimePoint now);
  void begin_ending(Event event, Phase next, TimePoint now);
  void hand_out(Action action, TimePoint now);
  bool handed_out(Action action) const;
  void settle(TimePoint now);
  bool work_is_done() const;
  bool all_sealed() const;
  bool late_requests_run() const;
  TimePoint phase_deadline() const;
  TimePoint emptying_deadline() const;
  TimePoint stopping_deadline() const;
  TimePoint killing_deadline() const;

  GraceBudget budget_;
  Phase phase_ = Phase::starting;
  TimePoint since_{};
  Cause cause_ = Cause::none;
  bool killed_ = false;
  bool served_ = false;
  bool escalated_ = false;
  std::optional<Deadlines> deadlines_;
  TimePoint stop_extended_{};  // what the child asked for
  Facts facts_;
  std::uint32_t handed_out_ = 0;  // a bit for each Action that comes only once
  std::deque<Action> actions_;
  std::deque<Transition> transitions_;
};

}  // namespace lastcall::core
