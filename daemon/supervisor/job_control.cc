#include "supervisor/job_control.h"

#include <csignal>

#include "base/log.h"
#include "os/job_control.h"
#include "os/terminal.h"

namespace lastcall::supervisor {
namespace {

int find_terminal() {
  for (const int fd : {0, 2, 1})
    if (os::is_terminal(fd)) return fd;
  return -1;
}

}  // namespace

JobControl::JobControl(Instances& instances, Owner& owner)
    : instances_(instances),
      owner_(owner),
      terminal_(find_terminal()),
      child_has_terminal_(instances.child_has_terminal() && terminal_ >= 0) {}

bool JobControl::terminal_lost() const { return terminal_ >= 0 && !os::is_terminal(terminal_); }

void JobControl::on_suspend() {
  instances_.suspend();
  stop_until_resumed();
}

// Where the kernel does not let us stop (PID 1, no shell above us) nobody could continue the child either: it goes on at once.
void JobControl::stop_until_resumed() {
  owner_.on_suspending();
  os::suspend_self();
  on_resume();
}

void JobControl::on_resume() {
  const int child = instances_.running_pid();
  if (child_has_terminal_ && child != 0 && os::in_foreground(terminal_)) (void)os::take_foreground(terminal_, child);
  instances_.resume();
  owner_.on_resumed();
}

void JobControl::on_stopped(int pid, int signal) {
  if (!instances_.runs(pid)) return;
  const bool by_terminal_use = signal == SIGTTIN || signal == SIGTTOU;
  if (child_has_terminal_ && (signal == SIGTSTP || by_terminal_use)) return stop_until_resumed();
  if (!by_terminal_use || told_) return;
  told_ = true;
  log_warn("child_stopped")("child_pid", pid)(
      "why", "it uses the terminal, which lastcall keeps for Ctrl-C: start with --terminal child to hand it over, or redirect its input");
}

}  // namespace lastcall::supervisor
