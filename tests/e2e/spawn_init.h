// What the spawn tests share: lastcall as an init, without a proxy, and their own small child (children/spawn_child.cc).
#pragma once

#include <algorithm>

#include "e2e.h"

namespace lastcall::test {

inline Words spawn_child(const Words& arguments) {
  Words words{LASTCALL_SPAWN_CHILD};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

inline RunOptions init(const Words& child, const Words& flags = {}, const std::string& grace = "5s") {
  RunOptions options{.flags = {"--no-proxy"}, .child = child, .grace = grace, .listen = false};
  options.flags.insert(options.flags.end(), flags.begin(), flags.end());
  return options;
}

inline RunOptions as_pid1(RunOptions options) {
  options.spawn.pid_namespace = true;
  return options;
}

inline Words shell(const std::string& program) { return {"sh", "-c", program}; }

// -1: by a signal, or not at all.
inline int exit_code_of(const RunOptions& options) {
  LastcallRun run(options);
  const auto status = run.wait_exit();
  const int code = status && !status->by_signal ? status->value : -1;
  if (code < 0) MESSAGE("no exit code: ", to_string(status), "\n", run.log());
  return code;
}

inline std::string output_of(const RunOptions& options) {
  LastcallRun run(options);
  const auto status = run.wait_exit();
  if (status != ExitStatus{false, 0}) MESSAGE(to_string(status), "\n", run.log());
  return run.process().out().text();
}

// A condition that no descriptor tells of, such as the state of a process in /proc.
inline bool comes_true(const std::function<bool()>& condition, Milliseconds wait = kPatience) {
  const Deadline deadline = Deadline::in(wait);
  while (!condition()) {
    if (deadline.passed()) return false;
    wait_for(-1, 0, Deadline::in(2ms));
  }
  return true;
}

// Where root or a namespace can't be had, the test says so and is not counted as passed by accident.
inline bool not_root() {
  if (is_root()) return false;
  MESSAGE("skipped: needs root");
  return true;
}

inline long count_lines(const Process& process, const std::string& line) {
  const auto& all = process.out().all();
  return std::count(all.begin(), all.end(), line);
}

}  // namespace lastcall::test
