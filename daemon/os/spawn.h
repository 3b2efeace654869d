// fork and exec of everything that lastcall starts: the child, its hooks, the workers. Exec errors come back before spawn() returns,
// with the exit code that shells use (P4-P9); between fork and exec only async-signal-safe calls are made (P62). The new process has
// exactly the descriptors that the request names. Supervisor only, from its main thread (G164); the reaper collects the exit.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "os/capabilities.h"
#include "os/inherited_state.h"
#include "os/privileges.h"

namespace lastcall::os {

struct SpawnRequest {
  enum class Group { own, inherit };
  struct Limit {
    int resource;  // RLIMIT_NOFILE...
    rlim_t soft, hard;
  };

  std::vector<std::string> argv;     // argv[0] without '/' is searched in env's PATH
  std::vector<std::string> env;      // "K=V", passed byte for byte (P56)
  std::string dir;                   // empty: ours
  int executable_fd = -1;            // run this instead of looking argv[0] up (a worker is always our own version)

  const InheritedState* restore = nullptr;  // mask, dispositions and descriptor limit as our parent left them; null: as they are now
  bool ignore_stop_signals = false;         // stop, user and terminal signals are ignored (workers: only the channel commands them)
  std::vector<std::pair<int, int>> descriptors;  // {ours, theirs}; 0 to 2 are inherited unless mapped
  std::vector<int> keep;                         // open under the same number; every other one from 3 on is closed

  Group group = Group::own;
  bool foreground = false;      // give it the terminal, if the terminal is ours to give (P83); needs Group::own
  int parent_death_signal = 0;  // sent by the kernel when we die (P42)
  std::vector<std::string> own_pid_variables;  // their value becomes the new process's own pid: LISTEN_PID, WATCHDOG_PID (P57)
  std::vector<Limit> limits;                   // after `restore`; the privileged steps come before the user changes
  std::optional<int> nice;                     // -20 to 19, absolute
  std::optional<int> oom_score_adj;            // -1000 to 1000; needs /proc
  std::optional<mode_t> umask;
  std::optional<Credentials> credentials;
  std::optional<CapabilitySet> capabilities;   // all that it and what it starts can ever have; empty: as ours
  bool no_new_privileges = false;
};

struct SpawnFailure {
  enum class Stage { fork, setup, exec };
  Stage stage = Stage::fork;
  int error = 0;        // errno
  int exit_code = 71;   // fork 71; setup 125; exec 127 not found, 126 not executable (also ENOEXEC: no shell is tried), 71 no memory
  std::string message;  // "cannot run nodee: not found in PATH"
};

struct Spawned {
  int pid = 0;
  UniqueFd pidfd;  // empty where the kernel has none
};

struct SpawnResult {
  std::optional<Spawned> child;
  SpawnFailure failure;  // unless `child`
  explicit operator bool() const { return child.has_value(); }
};

SpawnResult spawn(const SpawnRequest& request);

}  // namespace lastcall::os
