// Asks a ready child in a rhythm whether it still lives, and hears its watchdog: carries out what core::HealthCheck decides, and tells its owner
// once that the child is not alive. Never asks twice at once, never blocks, ends nobody. Owned by ChildHealth; supervisor process only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/health_check.h"
#include "io/callback_timer.h"
#include "supervisor/probe_attempt.h"

namespace lastcall::supervisor {

class LivenessProbe {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void before_watchdog() = 0;  // its time is over: a sign of life may lie unread
    virtual void on_bad_answer(const std::string& answer, std::uint32_t in_a_row) = 0;
    virtual void on_not_alive(core::HealthAction how, const std::string& last_answer) = 0;
  };
  LivenessProbe(io::Loop& loop, ProcessTable& processes, const core::HealthOptions& options, ProbeQuestion question, Owner& owner);

  void start();    // it is ready
  void rest();     // it ends, or the service does
  void resumed();  // it was stopped together with us
  void on_sign_of_life();
  void on_watchdog_changed(Duration watchdog);
  void on_watchdog_tripped();

 private:
  void on_due();
  void update();
  void on_answer(bool well, const std::string& answer);

  io::Loop& loop_;
  ProcessTable& processes_;
  ProbeQuestion question_;
  Owner& owner_;
  core::HealthCheck check_;
  std::string last_answer_;
  std::optional<ProbeAttempt> attempt_;
  io::CallbackTimer timer_;
};

}  // namespace lastcall::supervisor
