// One number, the grace, to absolute deadlines (graceful.md section 11; decisions 3 and 4). Computed once, checked at start,
// made absolute at T0. A phase that ends early leaves its time to those after it, because only the ends are fixed (G202).
// A grace of zero is the one exception to "exit within the grace": T_kill is T0, and the reaping gets kill_reserve after it.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/time.h"

namespace lastcall::core {

struct GraceOptions {
  Duration grace = seconds(30);           // zero kills at once; kInfinite sets no deadline
  std::optional<Duration> lame_duck{};      // L; default 0
  std::optional<Duration> drain_timeout{};  // D, replaces what is left for the drain
  std::optional<Duration> stop_timeout{};   // C, replaces the child's reserve
  std::optional<Duration> stop_steps{};     // what the steps of the stop take together
  bool last_step_is_open = false;           // the last of them has no time of its own; else the kill follows it, and C is their sum
  // Sums of the timeouts of hooks. The drained ones get at least min(sum, 0.2 D) before T_kill - C; those that run when the child is gone
  // (cleanup, forced) and the exit hooks get min(sum of both, 0.2 G) after T_kill, in proportion (decision 3).
  Duration drained_hooks{0};
  Duration cleanup_hooks{0};
  Duration exit_hooks{0};
  bool operator==(const GraceOptions&) const = default;
};

// Ends of the phases; kNever where the grace is infinite and nothing shorter was asked for.
struct Deadlines {
  TimePoint t0{};
  TimePoint lame = kNever;   // T_lame = L: the listeners close
  TimePoint drain = kNever;  // T_drain = L + D: finite requests still running are dropped
  TimePoint kill = kNever;   // T_kill = G - m - k - H
  TimePoint reaped = kNever; // T_kill + k: a killed child that is still there then is not waited for
  TimePoint flush = kNever;  // T_exit less what the exit hooks get
  TimePoint exit = kNever;   // T_exit = G - m
  bool operator==(const Deadlines&) const = default;
};

struct GraceBudget {
  Duration grace{};
  Duration margin{};        // m: before the platform's own SIGKILL
  Duration kill_reserve{};  // k: SIGKILL, reap, flush
  Duration hooks{};         // H, and what of it is left for the exit hooks
  Duration exit_hooks{};
  Duration stop{};          // C: the child's minimum after its stop signal
  Duration stop_at_most = kInfinite;  // and its maximum, where its steps have times of their own
  Duration lame_duck{};     // L
  Duration drain{};         // D; D and C are kInfinite where the grace is and the user asked for nothing shorter
  Duration stream_drain{};  // min(5 s, 0.25 D): what streams get after finite requests are done

  // Error: which of the numbers do not fit into the grace, with all of them, and what to change.
  static Result<GraceBudget> make(const GraceOptions& options);
  Deadlines deadlines(TimePoint t0) const;
};

}  // namespace lastcall::core
