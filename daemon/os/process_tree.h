// Everything below a process: what its children started, wherever it went. As subreaper (or PID 1) every orphan of ours comes back to
// us, so the parent links in /proc reach all of them, setsid or not (decision 24, P70). A process is named by number and start time, so
// that a reused number is never signalled. Without /proc only the process group is left (P97). Supervisor only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastcall::os {

struct Process {
  int pid = 0;
  int parent = 0;
  int group = 0;
  char state = '?';              // 'Z': ended, not reaped yet
  std::uint64_t start_time = 0;  // clock ticks since boot: with the pid, the identity
  std::string name;
};

struct TreeQuery {
  int root = 0;               // 0: this process
  std::vector<int> except{};  // left alone, with everything below them: workers
  int group = 0;              // what to signal where /proc can't be read; 0: nothing
  std::function<void(std::vector<Process>&)> narrow{};  // takes out of what was found who is not meant
};

std::optional<Process> read_process(int pid);
std::uint64_t identity(const Process& process);  // number and start time in one
// Whether its environment holds exactly this NAME=value; also false where we may not look.
bool has_variable(int pid, std::string_view entry);
bool proc_is_readable();
std::string program_of(int pid);  // "dash": the file that it executes, without its path; empty where we may not look

// All living processes below `root`, not `root` itself; empty without /proc.
std::vector<Process> descendants(const TreeQuery& query);
std::vector<int> descendant_pids(int root);

// Whether `pid` is below us, by its parents upwards, and none of `except` is among them or itself. False without /proc. Costs a read for each
// generation, not a look at all processes.
bool is_below_us(int pid, const std::vector<int>& except);

// Signals all of them, again and again until a pass finds nobody new, so that none escapes by forking meanwhile. SIGCONT follows
// where `then_continue` is set, or a stopped process would never see it (P43). The number signalled; a group counts as one.
std::size_t signal_all(const TreeQuery& query, int signal, bool then_continue = false);

}  // namespace lastcall::os
