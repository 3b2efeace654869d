#include "os/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/unique_fd.h"
#include "os/pidfd.h"
#include "os/reaper.h"

namespace lastcall::os {
namespace {

// proc(5): "pid (name) state ppid pgrp ... starttime(22) ...". The name may hold anything, also ") R 1", so it ends at the last ')'.
std::optional<Process> parse_stat(int pid, std::string_view text) {
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open) return std::nullopt;
  Process process;
  process.pid = pid;
  process.name = text.substr(open + 1, close - open - 1);
  unsigned long long start = 0;
  const std::string rest(text.substr(close + 1));
  // Fields 3, 4, 5 and then 22; what lies between is skipped.
  if (std::sscanf(rest.c_str(), " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &process.state,
                  &process.parent, &process.group, &start) != 4)
    return std::nullopt;
  process.start_time = start;
  return process;
}

std::vector<Process> all_processes() {
  std::vector<Process> found;
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) return found;
  while (const dirent* entry = ::readdir(directory)) {
    int pid = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (const auto [stop, error] = std::from_chars(entry->d_name, end, pid); error != std::errc() || stop != end) continue;
    if (auto process = read_process(pid)) found.push_back(std::move(*process));
  }
  ::closedir(directory);
  return found;
}

bool is_alive(const Process& process) { return process.state != 'Z' && process.state != 'X' && process.state != 'x'; }

// The descriptor is opened first and the identity read after: what it names is then certainly the process that was listed.
bool signal_one(const Process& target, int signal, bool then_continue) {
  const auto same = [&] {
    const auto now = read_process(target.pid);
    return now && now->start_time == target.start_time;
  };
  if (const auto pidfd = open_pidfd(target.pid); pidfd.ok()) {
    if (!same() || !send_signal(pidfd.value().get(), signal).ok()) return false;
    if (then_continue) (void)send_signal(pidfd.value().get(), SIGCONT);
    return true;
  }
  // No pidfd in this kernel or sandbox. The gap between the check and the signal is one that only the pidfd closes.
  if (!same() || !send_signal_to_pid(target.pid, signal).ok()) return false;
  if (then_continue) (void)send_signal_to_pid(target.pid, SIGCONT);
  return true;
}

std::size_t signal_group(int group, int signal, bool then_continue) {
  if (group <= 1 || !send_signal_to_group(group, signal).ok()) return 0;
  if (then_continue) (void)send_signal_to_group(group, SIGCONT);
  return 1;
}

}  // namespace

std::optional<Process> read_process(int pid) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = fd ? ::read(fd.get(), text, sizeof text) : -1;
  if (size <= 0) return std::nullopt;
  return parse_stat(pid, std::string_view(text, static_cast<std::size_t>(size)));
}

std::uint64_t identity(const Process& process) {
  return (process.start_time << 22) | static_cast<std::uint64_t>(process.pid);  // pids end at 2^22
}

bool has_variable(int pid, std::string_view entry) {
  constexpr std::size_t kLongest = 2 * 1024 * 1024;  // the kernel's usual limit for all arguments and variables together
  char path[40];
  std::snprintf(path, sizeof path, "/proc/%d/environ", pid);
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  std::string text(1, '\0');  // so that each entry stands between two of them
  char chunk[16 * 1024];
  for (ssize_t size = 1; fd && size > 0 && text.size() < kLongest; ) {
    size = ::read(fd.get(), chunk, sizeof chunk);
    if (size > 0) text.append(chunk, static_cast<std::size_t>(size));
  }
  std::string wanted(1, '\0');
  wanted.append(entry).push_back('\0');
  return text.find(wanted) != text.npos;
}

std::string program_of(int pid) {
  char path[40], target[PATH_MAX];
  std::snprintf(path, sizeof path, "/proc/%d/exe", pid);
  const ssize_t size = ::readlink(path, target, sizeof target);
  const std::string_view whole(target, size > 0 ? static_cast<std::size_t>(size) : 0);
  return std::string(whole.substr(whole.rfind('/') + 1));
}

bool proc_is_readable() { return read_process(::getpid()).has_value(); }

std::vector<Process> descendants(const TreeQuery& query) {
  // A look at all of /proc costs milliseconds where there are many processes, and at the start there is nothing to find.
  if ((query.root == 0 || query.root == ::getpid()) && !has_children()) return {};
  std::vector<Process> all = all_processes();
  std::vector<Process> below;
  std::unordered_set<int> parents{query.root == 0 ? ::getpid() : query.root};
  // A parent may stand after its child in the listing, so passes go on until one finds nothing; trees of servers are shallow.
  for (bool found = true; found;) {
    found = false;
    for (Process& process : all) {
      if (process.pid == 0 || !parents.contains(process.parent) || std::ranges::count(query.except, process.pid) > 0) continue;
      parents.insert(process.pid);
      if (is_alive(process)) below.push_back(process);
      process.pid = 0;  // taken
      found = true;
    }
  }
  if (query.narrow) query.narrow(below);
  return below;
}

std::vector<int> descendant_pids(int root) {
  std::vector<int> pids;
  for (const Process& process : descendants({.root = root})) pids.push_back(process.pid);
  return pids;
}

bool is_below_us(int pid, const std::vector<int>& except) {
  constexpr int kGenerations = 256;  // links change while we follow them: never in a circle for ever
  for (int i = 0; i < kGenerations && pid > 1; ++i) {
    if (std::ranges::count(except, pid) > 0) return false;
    const auto process = read_process(pid);
    if (!process) return false;
    if (process->parent == ::getpid()) return true;
    pid = process->parent;
  }
  return false;
}

std::size_t signal_all(const TreeQuery& query, int signal, bool then_continue) {
  if (!proc_is_readable()) return signal_group(query.group, signal, then_continue);
  // Each pass finds what was forked during the one before. A fork bomb may outrun any number of passes; the caller comes again.
  constexpr int kPasses = 16;
  std::unordered_set<std::uint64_t> seen;
  std::size_t count = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    bool news = false;
    for (const Process& process : descendants(query)) {
      if (!seen.insert(identity(process)).second) continue;
      news = true;
      if (signal_one(process, signal, then_continue)) ++count;
    }
    if (!news) break;
  }
  return count;
}

}  // namespace lastcall::os
