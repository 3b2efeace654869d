// What the tests of the process plane share: signals blocked as in a supervisor, a loop that runs until something is true, and a reaper.
#pragma once

#include <doctest/doctest.h>

#include <csignal>
#include <functional>

#include "io/callback_timer.h"
#include "io/loop.h"
#include "io/signals.h"
#include "os/inherited_state.h"
#include "supervisor/process_table.h"

namespace lastcall::test {

// Once per test process, as main() does it.
inline const os::InheritedState& inherited() {
  static const os::InheritedState state = os::take_over_process();
  return state;
}

class Supervised {
 public:
  Supervised() : tick_(loop, [this] { check(); }) {
    const os::InheritedState& state = inherited();
    (void)state;
    auto opened = io::Signals::open(loop, os::blocked_signals(), [this](const io::SignalEvent& signal) {
      if (signal.number == SIGCHLD) processes.reap();
      if (on_signal) on_signal(signal);
    });
    REQUIRE(opened.ok());
    signals_ = std::move(opened).value();
  }

  // True as soon as `done` holds; false after ten seconds.
  bool run_until(std::function<bool()> done) {
    done_ = std::move(done);
    loop.refresh();
    give_up_ = loop.now() + seconds(10);
    tick_.arm_after(Duration::zero());
    loop.run();
    return reached_;
  }

  io::Loop loop;
  supervisor::ProcessTable processes{loop, [this](std::span<const os::Reaped> ended) { if (after_pass) after_pass(ended); }};
  supervisor::ProcessTable::AfterPass after_pass;
  std::function<void(const io::SignalEvent&)> on_signal;

 private:
  void check() {
    reached_ = done_();
    if (reached_ || loop.now() > give_up_) return loop.stop();
    tick_.arm_after(milliseconds(2));
  }
  std::unique_ptr<io::Signals> signals_;
  std::function<bool()> done_;
  TimePoint give_up_{};
  bool reached_ = false;
  io::CallbackTimer tick_;
};

}  // namespace lastcall::test
