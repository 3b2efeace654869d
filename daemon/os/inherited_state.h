// What our own parent left us: signal mask, ignored signals, open descriptors and the descriptor limit. Recorded by the first call of
// main(), so that a child can start exactly as it would have without lastcall (P45-P49, P53). The same call makes this process safe:
// signals blocked from the first instruction (G39, P27), descriptors 0 to 2 open (G34, P50). Every process of ours calls it once.
#pragma once

#include <sys/resource.h>

#include <array>
#include <csignal>
#include <vector>

namespace lastcall::os {

struct InheritedState {
  sigset_t mask{};
  std::array<bool, 65> ignored{};     // by signal number; all others had their default action
  std::vector<int> open_descriptors;  // 3 and above, ascending
  rlim_t nofile_soft = 0;
  rlim_t nofile_hard = 0;
  int parent_pid = 0;
};

// Blocks all signals but those that a crash raises, opens /dev/null where 0, 1 or 2 is closed, ignores SIGPIPE, gives SIGCHLD its
// default action (P14, G131) and raises the soft descriptor limit to the hard one (G15).
InheritedState take_over_process();

// The first part of it alone, for a program that has a moment earlier than main(): what a manager sends before would be thrown away by
// the kernel, if we are PID 1, or end us (P27). take_over_process() then reports the mask as it was before.
void block_signals_early();

// What take_over_process() blocks: the set to read with a signalfd. A signal that is blocked is reported even where it is ignored by
// inheritance, as nohup's SIGHUP is (G40): look it up in `ignored`.
sigset_t blocked_signals();

}  // namespace lastcall::os
