// What each signal that reaches lastcall means (decision 5): a stop, a harder step, something for the child, job control, or nothing.
// Remembers only the Ctrl-C's that were typed. Decides, never acts. Owned by the service; supervisor process only.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "io/signals.h"
#include "os/inherited_state.h"

namespace lastcall::supervisor {

enum class Meaning : std::uint8_t {
  stop,           // begin the stop; repeated: nothing (G124)
  escalate,       // the next harder step
  forward,        // to the child, once, with its payload
  suspend,        // Ctrl-Z: the child and we
  resume,         // after it
  child_changed,  // SIGCHLD: reap
  nothing,
};

class SignalPolicy {
 public:
  explicit SignalPolicy(const os::InheritedState& inherited) : hangup_ignored_(inherited.ignored[SIGHUP]) {}

  struct Situation {
    bool ending = false;         // a stop runs
    bool terminal_lost = false;  // there was a terminal at the start and it is gone
    TimePoint now{};
  };
  Meaning judge(const io::SignalEvent& signal, const Situation& situation);

 private:
  Meaning judge_interrupt(const io::SignalEvent& signal, const Situation& situation);
  Meaning judge_hangup(const io::SignalEvent& signal, const Situation& situation) const;

  bool hangup_ignored_;
  bool interrupted_ = false;
  TimePoint last_interrupt_{};
};

}  // namespace lastcall::supervisor
