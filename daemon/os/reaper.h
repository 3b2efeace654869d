// The one place that waits for processes (G44, P24): our children and every orphan that PID 1 or a subreaper adopts. Called after
// SIGCHLD; a burst of deaths is taken in bounded passes so that nothing else waits (P20). Supervisor only.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "os/exit_status.h"

namespace lastcall::os {

struct Reaped {
  int pid = 0;
  ExitStatus status;
};

inline constexpr std::size_t kReapLimit = 100;  // as supervisord: a pass of 100 takes well under a millisecond

// Collects at most `limit` ended processes; the number collected. `limit` itself means: there may be more, come again.
std::size_t reap(std::size_t limit, const std::function<void(const Reaped&)>& on_reaped);

// Ended ones that nobody has collected yet count too. Without a child there is nothing below us at all.
bool has_children();

// Orphans below us come to us instead of to PID 1 (G171, P18). Kept over execve.
Status become_subreaper();

}  // namespace lastcall::os
