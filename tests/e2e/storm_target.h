// A server for the storms to stop: the Express child under lastcall, bare, or under tini; or the naive listener. Owned by the storm.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "support/lastcall_run.h"

namespace lastcall::test {

class StormTarget {
 public:
  // "lastcall", "bare", "tini" (Express behind them), or "naive" (tests/support/naive_listener). `spawn` may carry a before_exec.
  StormTarget(const std::string& kind, const SpawnOptions& spawn, const std::string& listen_host = "127.0.0.1");

  bool wait_ready();
  std::uint16_t port() const { return port_.number(); }
  void stop();
  std::optional<ExitStatus> wait_exit(Milliseconds wait) { return process_->wait_exit(wait); }
  Milliseconds since_stop() const { return elapsed_since(t0_); }
  std::string output() const { return process_->output(); }

 private:
  FreePort port_;
  std::string ready_;
  std::unique_ptr<Process> process_;
  Clock::time_point t0_ = Clock::now();
};

// The value after `--name`, or what was agreed.
std::string option(int argc, char** argv, const std::string& name, const std::string& otherwise);
bool full_counts();  // LASTCALL_FULL=1

}  // namespace lastcall::test
