// The child's side of spawn(): everything between fork and exec, with async-signal-safe calls only (P62). All that needs memory or
// thought was prepared by the parent in the plan. Private to os/spawn.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "os/spawn.h"

namespace lastcall::os {

enum class SpawnStep : std::uint8_t {
  group,
  descriptors,
  limits,
  nice,
  oom_score,
  bounding_set,
  credentials,
  capabilities,
  directory,
  parent_death,
  privileges,
  signals,
  exec
};

// What the child writes into the error pipe; nothing at all means that the exec succeeded.
struct SpawnReport {
  SpawnStep step;
  int error;
  int detail = 0;  // descriptors: which; limits: the index
};

inline constexpr int kPidDigits = 10;

struct SpawnPlan {
  const SpawnRequest& request;
  std::vector<std::string> candidates{};
  std::vector<char*> argv{}, env{};        // null-terminated
  std::vector<char*> own_pid{};            // where in `env` the child writes its pid; room for kPidDigits
  std::vector<std::pair<int, int>> moves{};  // {a duplicate above all numbers that matter, theirs}
  int executable_fd = -1;                 // such a duplicate
  int report_fd = -1;                     // such a duplicate: CLOEXEC, the child's end of the error pipe
  int terminal = -1;                      // to put the child's group into the foreground of
  int parent_pid = 0;
  sigset_t mask{};                        // to set right before exec
};

[[noreturn]] void run_child(const SpawnPlan& plan);

}  // namespace lastcall::os
