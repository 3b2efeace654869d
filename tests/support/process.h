// A process under test: any argv with its own session, environment, descriptors and signal state; its output as lines; its end by pidfd.
// Owned by one test; the destructor kills the process and everything below it, so that a failed test leaves nothing behind.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/deadline.h"
#include "support/fd.h"
#include "support/lines.h"
#include "support/process_tree.h"

namespace lastcall::test {

struct SpawnOptions {
  std::vector<std::string> argv = {};
  std::map<std::string, std::string> environment = {};     // added to ours; LASTCALL_ names of ours are never passed on
  std::optional<std::vector<std::string>> whole_environment = {};  // "NAME=value", instead of ours
  std::string directory = {};
  std::vector<std::pair<int, int>> descriptors = {};       // {ours, number in the child}
  std::vector<int> closed = {};                            // of 0 to 2
  int input = -1;                                     // standard input; -1: /dev/null
  int terminal = -1;                                  // a pty's slave: controlling terminal and standard streams
  bool pid_namespace = false;                         // PID 1 of its own namespace, by unshare(1); needs root
  std::function<void()> before_exec = {};                  // in the child; async-signal-safe calls only
};

struct ExitStatus {
  bool by_signal = false;
  int value = 0;
  bool operator==(const ExitStatus&) const = default;
};
std::string to_string(const std::optional<ExitStatus>& status);  // "exit 0", "signal 15", "still running"

class Process {
 public:
  explicit Process(const SpawnOptions& options);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  int pid() const { return pid_; }        // what we forked
  int target() const;                     // what the test is about: pid(), or the namespace's PID 1 as seen from here
  void signal(int number) const;          // to target()
  const Lines& out() const { return out_; }
  const Lines& err() const { return err_; }

  // The first line (after `skip` others that match) of either stream that the expression finds; nothing at the deadline.
  std::optional<std::string> wait_line(const std::string& expression, Milliseconds wait = kPatience, int skip = 0);
  // Until `done` says so, asked again after each new line and every 10 ms (a file or a peer has no line); false when the deadline or the end of all output came first.
  bool wait_until(const std::function<bool()>& done, Milliseconds wait = kPatience);
  std::optional<ExitStatus> wait_exit(Milliseconds wait = kPatience);
  std::string output() const { return out_.text() + err_.text(); }

 private:
  bool pump(const Deadline& deadline);  // false: nothing more will come

  int pid_ = -1;
  bool pid_namespace_ = false;
  Fd pidfd_;
  Lines out_, err_;
  std::optional<ExitStatus> status_;
};

// Living processes below this program that no Process object stands for: what somebody left behind. Reaps the dead among them.
std::vector<ProcessInfo> leftovers();

bool is_root();

}  // namespace lastcall::test
