#include "core/exit_code.h"

#include <algorithm>

namespace lastcall::core {
namespace {

constexpr int kSignalBase = 128;  // what shells add to a signal's number
constexpr int kSigint = 2;        // POSIX fixes both numbers; <csignal> would say no more
constexpr int kSigterm = 15;

ExitDecision decision(ExitCode code, std::string reason) { return {static_cast<int>(code), std::move(reason)}; }

// The child's status as a shell would show it (P1, P2).
int shown(const ChildEnd& end) { return end.by_signal ? kSignalBase + end.value : end.value; }

// Did it end as one asked to stop may end (G130)? Runtimes that catch the signal often leave with 128+n themselves. An end that ends the
// service must be a success of its own; of the others, which we stopped then, no more is asked than of one asked to stop.
bool ended_well(const FinalEnd& one, Cause cause) {
  const auto sent = [&](int signal) { return std::ranges::find(one.stop_signals, signal) != one.stop_signals.end(); };
  const ChildEnd& end = one.end;
  if (one.gave_up || (one.not_alive && cause == Cause::child_exited)) return false;
  if (cause == Cause::child_exited && one.stop_signals.empty()) return !end.by_signal && end.value == 0;
  if (end.by_signal) return sent(end.value);
  return end.value == 0 || sent(end.value - kSignalBase) || end.value == kSignalBase + kSigterm || end.value == kSignalBase + kSigint;
}

std::string tell(const ChildEnd& end) {
  return end.by_signal ? "the child ended by signal " + std::to_string(end.value)
                       : "the child ended with code " + std::to_string(end.value);
}

}  // namespace

ExitDecision decide_exit(const Outcome& outcome) {
  if (outcome.cause == Cause::child_not_ready) return decision(ExitCode::never_ready, "the child never became ready");
  if (outcome.cause == Cause::workers_failed) return decision(ExitCode::workers_failed, "the workers kept crashing");

  // Who ended by itself was not killed, even if what it left behind had to be: its own status counts (P1, P67).
  const bool by_itself = outcome.cause == Cause::child_exited;
  if (outcome.killed && !(by_itself && !outcome.ends.empty())) return decision(ExitCode::killed, "the child had to be killed");
  for (const FinalEnd& one : outcome.ends) {
    if (ended_well(one, outcome.cause)) continue;
    if (!one.gave_up && !one.not_alive) return {shown(one.end), tell(one.end)};
    // Never 0: whoever started us must see that the service, or a part of it, went down though nobody asked for it (P94).
    return {shown(one.end) == 0 ? 1 : shown(one.end), one.gave_up ? "the child kept ending, and the limit of restarts was reached"
                                                                  : "the child was no longer alive, and was ended"};
  }
  if (!by_itself && outcome.dropped > 0)
    return decision(ExitCode::forced, outcome.dropped == 1 ? "a request or job was dropped at a deadline"
                                                    : std::to_string(outcome.dropped) + " requests or jobs were dropped at a deadline");
  if (outcome.custom) return {*outcome.custom, "the code that the shutdown request asked for"};
  return decision(ExitCode::ok, by_itself ? "the child ended by itself, well" : "everything ended in order");
}

ExitDecision remap(ExitDecision decision, const std::map<int, int>& codes) {
  const auto wanted = codes.find(decision.code);
  if (wanted == codes.end()) return decision;
  decision.reason += "; exit_codes makes " + std::to_string(wanted->second) + " of " + std::to_string(decision.code);
  decision.code = wanted->second;
  return decision;
}

}  // namespace lastcall::core
