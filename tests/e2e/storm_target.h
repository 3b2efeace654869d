// A server for the storms to stop: a child under lastcall, bare, or under tini; or the naive listener. Owned by the storm.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/lastcall_run.h"

namespace lastcall::test {

struct StormTargetOptions {
  std::string kind = "lastcall";      // "lastcall", "bare", "tini", or "naive" (tests/support/naive_listener)
  std::vector<std::string> child = {};
  std::string host = "127.0.0.1";
  SpawnOptions spawn = {};
};

class StormTarget {
 public:
  explicit StormTarget(const StormTargetOptions& options);

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

std::vector<std::string> express_app();
std::vector<std::string> tiny_server();

// The value after `--name`, or what was agreed.
std::string option(int argc, char** argv, const std::string& name, const std::string& otherwise);
bool full_counts();  // LASTCALL_FULL=1

}  // namespace lastcall::test
