// Reads the signals of this process, asks the policy what each means, and says so to its owner in the owner's words. Job control is done
// here, as it concerns nobody but the copies of the child. Owned by the service; supervisor process only.
#pragma once

#include <memory>
#include <optional>

#include "io/signals.h"
#include "supervisor/job_control.h"
#include "supervisor/signal_policy.h"

namespace lastcall::supervisor {

class SignalIntake {
 public:
  struct Owner : JobControl::Owner {
    virtual bool service_ends() const = 0;
    virtual void on_stop_signal(const io::SignalEvent& signal) = 0;
    virtual void on_reopen() = 0;  // logs were rotated
    virtual void on_hurry() = 0;  // a kill from outside will follow soon
    virtual void on_escalation() = 0;
    virtual void on_signal_for_child(int signal, std::optional<std::uint64_t> payload) = 0;
    virtual void on_window_resized() = 0;
    virtual void on_processes_ended() = 0;  // SIGCHLD
  };
  SignalIntake(io::Loop& loop, SignalPolicy policy, Instances& instances, Owner& owner);

  Status open();  // what was blocked and came since the start is read in the next turn

 private:
  void on_signal(const io::SignalEvent& signal);
  void forward(const io::SignalEvent& signal);

  io::Loop& loop_;
  SignalPolicy policy_;
  JobControl job_control_;
  Owner& owner_;
  std::unique_ptr<io::Signals> signals_;
};

}  // namespace lastcall::supervisor
