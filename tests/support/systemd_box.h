// A real systemd as PID 1 of a container of its own (tests/support/systemd_box.sh): what is done in it, written in it and killed in it stays there;
// only its network is ours, so that a test's load reaches a service on the loopback. Needs root, cgroups and overlayfs; where it can't be
// had, why_not() says so for the message of a skipped test. Owned by one test; the destructor leaves no process and no cgroup behind.
#pragma once

#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_dir.h"

namespace lastcall::test {

class SystemdBox {
 public:
  SystemdBox();
  ~SystemdBox();

  const std::string& why_not() const { return why_not_; }  // empty: it runs

  struct Result {
    int status = -1;  // -1: by a signal, or not in time
    std::string output;
  };
  Result run(const std::vector<std::string>& command, Milliseconds wait = kPatience) const;
  bool systemctl(std::vector<std::string> words) const;  // true: it ended with 0; else it is shown
  std::string show(const std::string& unit, const std::string& property) const;  // "success", without its name
  std::string journal(const std::string& unit) const;  // what it said, and what systemd said about it

  void write(const std::string& path, const std::string& text) const;  // of a file in the box
  void copy(const std::string& from, const std::string& path) const;   // a file of ours into the box
  int outer_pid(int pid) const;  // of a process in the box, as seen from here; 0: there is none

 private:
  std::string inside(const std::string& path) const;
  bool wait_running();
  void remove_cgroups() const;

  TempDir directory_;
  Process process_;
  int pid_ = 0;
  std::string why_not_;
};

}  // namespace lastcall::test
