#include "supervisor/signal_policy.h"

#include <csignal>

namespace lastcall::supervisor {
namespace {

// One key held down repeats faster than this; two decisions of a person do not follow each other so fast (G125).
constexpr Duration kBetweenInterrupts = milliseconds(300);

}  // namespace

Meaning SignalPolicy::judge(const io::SignalEvent& signal, const Situation& situation) {
  if (signal.number == SIGCHLD) return Meaning::child_changed;
  const bool hangup = signal.number == SIGHUP;
  if (hangup && !written_.contains(SIGHUP)) return judge_hangup(signal, situation);
  switch (config::rule_for(written_, signal.number).action) {
    case config::SignalRule::Action::stop: return judge_stop(signal, situation);
    case config::SignalRule::Action::forward: return hangup && situation.ending ? Meaning::nothing : Meaning::forward;
    case config::SignalRule::Action::reopen: return Meaning::reopen;
    case config::SignalRule::Action::job_control: return signal.number == SIGCONT ? Meaning::resume : Meaning::suspend;
    case config::SignalRule::Action::ignore:
    case config::SignalRule::Action::own: return Meaning::nothing;
  }
  return Meaning::nothing;
}

// TERM after INT confirms a stop and forces nothing: only where the platform kills next does it leave less time (G156).
Meaning SignalPolicy::judge_stop(const io::SignalEvent& signal, const Situation& situation) {
  if (signal.number == SIGINT && signal.from_terminal()) return judge_interrupt(situation);
  if (!situation.ending) asked_by_interrupt_ = signal.number == SIGINT;
  const bool confirmed = term_confirms_ && situation.ending && asked_by_interrupt_ && signal.number == SIGTERM;
  return confirmed ? Meaning::hurry : Meaning::stop;
}

// Only what was typed at our terminal escalates; a script that sends INT twice means the same as one that sends it once.
Meaning SignalPolicy::judge_interrupt(const Situation& situation) {
  const bool again = interrupted_ && situation.ending;
  const bool held_down = again && situation.now - last_interrupt_ < kBetweenInterrupts;
  interrupted_ = true;
  if (held_down) return Meaning::nothing;
  last_interrupt_ = situation.now;
  return again ? Meaning::escalate : Meaning::stop;
}

// A terminal that went away takes its service along; a HUP from somebody is the child's (often "reload"), but not while stopping, when
// systemd's SendSIGHUP= may follow the TERM (G40).
Meaning SignalPolicy::judge_hangup(const io::SignalEvent& signal, const Situation& situation) const {
  const bool terminal_gone = signal.code == SI_KERNEL || situation.terminal_lost;
  if (terminal_gone) return hangup_ignored_ ? Meaning::nothing : Meaning::stop;
  return situation.ending ? Meaning::nothing : Meaning::forward;
}

}  // namespace lastcall::supervisor
