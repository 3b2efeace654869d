#include "support/process_tree.h"

#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "support/fd.h"
#include "support/temp_dir.h"

namespace lastcall::test {
namespace {

std::optional<ProcessInfo> read_process(int pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');  // the name may hold parentheses itself
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  ProcessInfo info;
  info.pid = pid;
  info.command = stat.substr(open + 1, close - open - 1);
  int group = 0;
  std::istringstream(stat.substr(close + 1)) >> info.state >> info.parent >> group >> info.session;
  return info;
}

}  // namespace

std::vector<ProcessInfo> all_processes() {
  std::vector<ProcessInfo> found;
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) fail("opendir /proc");
  while (const dirent* entry = ::readdir(directory)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    if (auto info = read_process(pid)) found.push_back(std::move(*info));
  }
  ::closedir(directory);
  return found;
}

std::vector<ProcessInfo> descendants(int root) {
  const std::vector<ProcessInfo> all = all_processes();
  std::set<int> inside{root};
  std::vector<ProcessInfo> found;
  for (bool grew = true; grew;) {  // a child may stand before its parent in /proc: numbers wrap around
    grew = false;
    for (const ProcessInfo& info : all) {
      if (inside.contains(info.parent) && inside.insert(info.pid).second) {
        found.push_back(info);
        grew = true;
      }
    }
  }
  return found;
}

bool is_living(int pid) {
  const auto info = read_process(pid);
  return info && info->living();
}

std::string process_variable(int pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/environ");
  for (std::string entry; std::getline(file, entry, '\0');)
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  return "";
}

std::string process_status(int pid, const std::string& field) {
  std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field + ":", 0) != 0) continue;
    const std::size_t value = line.find_first_not_of(" \t", field.size() + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

long resident_kib(int pid) { return std::atol(process_status(pid, "VmRSS").c_str()); }

void become_subreaper() { check(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "PR_SET_CHILD_SUBREAPER"); }

bool wait_until_gone(const std::vector<int>& pids, const Deadline& deadline) {
  for (const int pid : pids) {
    const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) continue;  // ESRCH: gone and reaped
    if (wait_for(pidfd.get(), POLLIN, deadline) == 0) return false;
  }
  return true;
}

std::string to_string(const std::vector<ProcessInfo>& processes) {
  std::ostringstream text;
  for (const ProcessInfo& info : processes) {
    text << info.pid << " (" << info.command << ", state " << info.state << ", parent " << info.parent << ", session " << info.session << ") ";
  }
  return text.str();
}

}  // namespace lastcall::test
