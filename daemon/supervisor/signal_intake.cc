#include "supervisor/signal_intake.h"

#include <csignal>

#include "base/log.h"
#include "os/inherited_state.h"
#include "os/signal_name.h"

namespace lastcall::supervisor {

SignalIntake::SignalIntake(io::Loop& loop, SignalPolicy policy, Instances& instances, Owner& owner)
    : loop_(loop), policy_(std::move(policy)), job_control_(instances, owner), owner_(owner) {}

Status SignalIntake::open() {
  signals_ = TRY(io::Signals::open(loop_, os::blocked_signals(), [this](const io::SignalEvent& signal) { on_signal(signal); }));
  return {};
}

void SignalIntake::on_signal(const io::SignalEvent& signal) {
  const SignalPolicy::Situation situation{owner_.service_ends(), job_control_.terminal_lost(), loop_.now()};
  switch (policy_.judge(signal, situation)) {
    case Meaning::stop: return owner_.on_stop_signal(signal);
    case Meaning::hurry: return owner_.on_hurry();
    case Meaning::reopen: return owner_.on_reopen();
    case Meaning::escalate: return owner_.on_escalation();
    case Meaning::forward: return forward(signal);
    case Meaning::suspend: return job_control_.on_suspend();
    case Meaning::resume: return job_control_.on_resume();
    case Meaning::child_changed:
      if (signal.code == CLD_STOPPED) job_control_.on_stopped(signal.sender_pid, signal.status);
      return owner_.on_processes_ended();
    case Meaning::nothing: log_debug("signal_ignored")("signal", os::signal_name(signal.number)); return;
  }
}

void SignalIntake::forward(const io::SignalEvent& signal) {
  if (signal.number == SIGWINCH) owner_.on_window_resized();
  owner_.on_signal_for_child(policy_.for_child(signal.number), signal.code == SI_QUEUE ? std::optional(signal.value) : std::nullopt);
}

}  // namespace lastcall::supervisor
