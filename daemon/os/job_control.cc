#include "os/job_control.h"

#include <unistd.h>

#include <csignal>

namespace lastcall::os {

void suspend_self() {
  // SIGTSTP rather than SIGSTOP, and its default action: only for this one does the kernel ask whether anybody could continue us.
  ::kill(::getpid(), SIGTSTP);
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  ::sigprocmask(SIG_UNBLOCK, &stop, &before);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace lastcall::os
