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

// Did it end as one asked to stop may end (G130)? Runtimes that catch the signal often leave with 128+n themselves.
bool ended_well(const ChildEnd& end, const std::vector<int>& stop_signals) {
  const auto sent = [&](int signal) { return std::find(stop_signals.begin(), stop_signals.end(), signal) != stop_signals.end(); };
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
  if (outcome.killed && !(by_itself && outcome.child)) return decision(ExitCode::killed, "the child had to be killed");
  // Never 0: whoever started us must see that the service is down though nobody asked for it (P94).
  if (by_itself && (outcome.gave_up || outcome.not_alive)) {
    const int code = outcome.child ? shown(*outcome.child) : 0;
    return {code == 0 ? 1 : code, outcome.gave_up ? "the child kept ending, and the limit of restarts was reached"
                                                  : "the child was no longer alive, and was ended"};
  }
  if (outcome.child) {
    const bool clean = by_itself ? !outcome.child->by_signal && outcome.child->value == 0
                                 : ended_well(*outcome.child, outcome.stop_signals);
    if (!clean) return {shown(*outcome.child), tell(*outcome.child)};
  }
  if (!by_itself && outcome.dropped > 0)
    return decision(ExitCode::forced, std::to_string(outcome.dropped) + " requests or jobs were dropped at a deadline");
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
