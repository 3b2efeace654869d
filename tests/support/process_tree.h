// Who is alive, from /proc: the proof that no process is left. The test program is a subreaper, so that every orphan below it comes back
// to it and is found by parent links, whatever session or group it hid in.
#pragma once

#include <string>
#include <vector>

#include "support/deadline.h"

namespace lastcall::test {

struct ProcessInfo {
  int pid = 0;
  int parent = 0;
  int session = 0;
  char state = '?';  // 'Z': ended, not yet reaped
  std::string command;

  bool living() const { return state != 'Z' && state != 'X'; }
};

std::vector<ProcessInfo> all_processes();
std::vector<ProcessInfo> descendants(int root);  // without root, zombies included
bool is_living(int pid);
std::string process_variable(int pid, const std::string& name);  // from /proc/PID/environ; empty when there is none, or no process
std::string process_status(int pid, const std::string& field);  // from /proc/PID/status: "SigIgn", "VmRSS"; empty when gone
long resident_kib(int pid);

void become_subreaper();

// Waits until none of these processes lives; false when the deadline came first.
bool wait_until_gone(const std::vector<int>& pids, const Deadline& deadline);

std::string to_string(const std::vector<ProcessInfo>& processes);

}  // namespace lastcall::test
