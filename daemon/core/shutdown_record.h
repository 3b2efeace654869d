// What happened from T0 to the exit, as plain values: who asked, how long each phase took, what was in flight, what was lost, how the
// child ended. The supervisor keeps one record and updates it; the people's plane (progress line, report) only reads it. No behaviour,
// no clock: times are handed in. Supervisor process only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/exit_code.h"
#include "core/hook_plan.h"
#include "core/job_ledger.h"
#include "core/phase.h"
#include "core/shutdown_sequence.h"

namespace lastcall::core {

// Who asked for the stop. `signal` 0: nobody did (the child left by itself, it was never ready, the workers kept crashing).
struct StopRequest {
  int signal = 0;
  int sender_pid = 0;  // 0: the kernel, for example a key typed at the terminal; or a process outside our pid namespace
  unsigned sender_uid = 0;
  bool from_terminal = false;
  bool by_control = false;  // POST /v1/shutdown or `lastcall ctl stop`, not a signal
  std::string reason{};     // what the request gave as its reason
  int repeated = 0;   // further stop signals that changed nothing (G124)
  int escalated = 0;  // Ctrl-C again: 1 the child now, 2 kill (decision 5)
};

struct PhaseRecord {
  Phase phase = Phase::starting;
  TimePoint begin{};
  TimePoint end = kNever;       // kNever: the phase still runs
  TimePoint deadline = kNever;  // when it would have been ended; kNever: it had none
  std::string why;              // the event that ended the phase before it: "work_done", "deadline", "stop_requested"
};

inline constexpr std::size_t kPhasesKept = 20;

// What is left now: the sum over the living workers.
struct LiveGauges {
  std::uint64_t finite = 0;   // requests in flight that will end by themselves
  std::uint64_t streams = 0;  // event streams, tunnels
  std::uint64_t idle = 0;     // connections without a request
  std::uint64_t waiting = 0;  // requests held because the child is not ready (a part of `finite` for people)
  std::uint64_t oldest_ms = 0;  // age of the oldest finite request
  bool operator==(const LiveGauges&) const = default;
};

// Sums over all workers, the dead ones included.
struct CounterTotals {
  std::uint64_t requests = 0;           // since the start
  std::uint64_t connections = 0;        // since the start
  std::uint64_t finite_at_t0 = 0;       // as the workers counted them when they heard of T0
  std::uint64_t streams_at_t0 = 0;
  std::uint64_t idle_at_t0 = 0;
  std::uint64_t finished = 0;           // after T0: answered completely
  std::uint64_t dropped_finite = 0;     // at a deadline
  std::uint64_t dropped_streams = 0;    // at the last deadline, by reset
  std::uint64_t idle_closed = 0;        // keep-alive connections let go
  std::uint64_t streams_ended = 0;      // by policy: no drop (decision 7)
  std::uint64_t ws_1001 = 0;            // WebSockets among them that were told so by a Close 1001 (G72)
  std::uint64_t refused_503 = 0;        // late requests
  std::uint64_t swept = 0;              // taken from the accept queue after the decision to stop accepting
  std::uint64_t aborted_by_child = 0;   // the child ended before its answer was complete
  std::uint64_t aborted_by_client = 0;
  std::uint64_t resets_sent = 0;
  std::uint64_t lost_in_worker = 0;     // died with their worker
};

struct ChildRecord {  // of one copy
  std::uint32_t number = 0;
  bool started = false;
  int pid = 0;
  std::optional<ChildEnd> end{};                 // empty: it never started, or still runs
  bool killed = false;                           // SIGKILL was needed
  std::optional<int> stop_signal{};              // what was sent, once it was
  std::optional<TimePoint> signalled{};          // when
  std::optional<TimePoint> exited{};             // when its end was seen
  std::size_t descendants_signalled = 0;         // what it left behind and had to be told (P71)
};

// Since T0, but for `running`.
struct JobsRecord {
  std::uint64_t at_t0 = 0;
  std::uint64_t finished = 0;
  std::uint64_t stuck = 0;             // outlived their own timeout
  std::uint64_t dropped = 0;           // given up at the drain's deadline
  std::uint64_t running = 0;           // now
  std::vector<Job> oldest;             // of those, the first few
  std::vector<JobLedger::Lost> names;  // of the stuck and the dropped; at most kLostJobsNamed
  std::uint64_t lost() const { return stuck + dropped; }
};
inline constexpr std::size_t kLostJobsNamed = 100;

// What was still running at the drain's deadline, as the workers told it just before.
struct DroppedRequest {
  std::string peer;     // "192.0.2.1:4711"
  std::string request;  // its request line; empty for a TCP session
  Duration age{};
};
inline constexpr std::size_t kDroppedRequestsNamed = 100;

struct HooksRecord {
  std::vector<HookRecord> runs;  // the last kHookRunsKept, in the order in which they ended
  std::uint64_t flushed = 0;     // what the drained hooks said of their buffers, together
  std::uint64_t dropped = 0;
};
inline constexpr std::size_t kHookRunsKept = 100;

struct ShutdownRecord {
  TimePoint started{};               // of lastcall
  std::int64_t started_wall_ms = 0;  // the same as Unix time
  std::optional<TimePoint> t0;       // when the end began; empty while it serves
  std::int64_t t0_wall_ms = 0;
  bool proxied = true;               // false with --no-proxy: there are no workers and no requests to speak of
  Cause cause = Cause::none;
  StopRequest request;
  std::vector<PhaseRecord> phases;   // in order; before T0 the last kPhasesKept, from starting on
  Deadlines deadlines;               // valid with t0
  LiveGauges at_t0;                  // the last census before T0
  LiveGauges live;                   // the last census
  CounterTotals totals;
  std::uint64_t worker_restarts = 0;
  std::vector<DroppedRequest> dropped_requests;  // by name, oldest first; at most kDroppedRequestsNamed
  JobsRecord jobs;
  HooksRecord hooks;
  std::vector<ChildRecord> children{1};  // one for each copy; there is always one

  const ChildRecord& child() const { return children.front(); }  // where there is but one
  ChildRecord& child() { return children.front(); }
  std::optional<ExitDecision> exit;  // set once, at the end
  std::optional<TimePoint> ended;
};

}  // namespace lastcall::core
