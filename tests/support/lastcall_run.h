// The real binary around a real child, with its log as events. One object, one run; the destructor leaves no process behind.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/event_log.h"
#include "support/free_port.h"
#include "support/process.h"

namespace lastcall::test {

// The binary under test: LASTCALL_BINARY in the environment, else where this build puts it.
std::string lastcall_binary();

struct RunOptions {
  std::vector<std::string> flags = {};  // before `--`; --listen, --grace and --log-format are added
  std::vector<std::string> child = {};  // after `--`; none: no `--` either
  std::string grace = "10s";       // empty: not given
  bool listen = true;
  SpawnOptions spawn = {};              // argv is filled in
};

class LastcallRun {
 public:
  explicit LastcallRun(RunOptions options);

  std::uint16_t port() const { return port_.number(); }
  Process& process() { return process_; }

  // The event of that name, after `skip` others of it; nothing at the deadline.
  std::optional<Event> wait_event(const std::string& name, Milliseconds wait = kPatience, int skip = 0);
  // The first event of that name for which the predicate holds.
  using Wanted = std::function<bool(const Event&)>;
  std::optional<Event> wait_event_where(const std::string& name, const Wanted& wanted, Milliseconds wait = kPatience);
  std::vector<Event> events(const std::string& name = "");  // so far; all of them without a name
  bool wait_ready() { return wait_event("ready").has_value(); }

  void stop(int signal = 15);  // notes T0
  std::optional<ExitStatus> wait_exit(Milliseconds wait = kPatience) { return process_.wait_exit(wait); }
  Milliseconds since_stop() const { return elapsed_since(t0_); }

  int supervisor_pid() const { return process_.target(); }
  int worker_pid();                // the newest
  std::vector<int> child_pids();   // the supervisor's children that are no workers
  std::string log() const { return process_.output(); }

 private:
  void read_events();
  std::optional<Event> find(const std::string& name, const Wanted& wanted, int skip);

  FreePort port_;
  Process process_;
  std::vector<Event> events_;
  std::size_t lines_read_ = 0;
  Clock::time_point t0_ = Clock::now();
};

}  // namespace lastcall::test
