// What each signal that reaches lastcall means (decision 5), by config/signal_rules and the situation: a stop, a harder step, something for
// the child, job control, or nothing. Remembers only the Ctrl-C's that were typed. Decides, never acts. Owned by the service; supervisor process only.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "config/signal_rules.h"
#include "io/signals.h"
#include "os/inherited_state.h"

namespace lastcall::supervisor {

enum class Meaning : std::uint8_t {
  stop,           // begin the stop; repeated: nothing (G124)
  hurry,          // the stop goes on, but is soon followed by a kill (G156)
  escalate,       // the next harder step
  forward,        // to the child, once, with its payload
  reopen,         // the log files
  suspend,        // Ctrl-Z: the child and we
  resume,         // after it
  child_changed,  // SIGCHLD: reap
  nothing,
};

class SignalPolicy {
 public:
  // `term_confirms`: the platform sends INT first, and TERM shortly before it kills (Fly.io).
  explicit SignalPolicy(const os::InheritedState& inherited, config::SignalRules written = {}, bool term_confirms = false)
      : written_(std::move(written)), hangup_ignored_(inherited.ignored[SIGHUP]), term_confirms_(term_confirms) {}

  struct Situation {
    bool ending = false;         // a stop runs
    bool terminal_lost = false;  // there was a terminal at the start and it is gone
    TimePoint now{};
  };
  Meaning judge(const io::SignalEvent& signal, const Situation& situation);
  int for_child(int number) const { return config::rule_for(written_, number).as; }  // what a forwarded one becomes

 private:
  Meaning judge_stop(const io::SignalEvent& signal, const Situation& situation);
  Meaning judge_interrupt(const Situation& situation);
  Meaning judge_hangup(const io::SignalEvent& signal, const Situation& situation) const;

  config::SignalRules written_;
  bool hangup_ignored_;
  bool term_confirms_;
  bool asked_by_interrupt_ = false;  // and not by a key
  bool interrupted_ = false;
  TimePoint last_interrupt_{};
};

}  // namespace lastcall::supervisor
