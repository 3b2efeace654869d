#include "os/reaper.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>

namespace lastcall::os {

std::size_t reap(std::size_t limit, const std::function<void(const Reaped&)>& on_reaped) {
  std::size_t count = 0;
  while (count < limit) {
    siginfo_t info{};
    const int result = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG);
    if (result != 0 && errno == EINTR) continue;
    // ECHILD: no children at all. si_pid 0: children, but none has ended; stopped and traced ones do not show up here (P22, P23).
    if (result != 0 || info.si_pid == 0) break;
    ++count;
    on_reaped(Reaped{info.si_pid, from_siginfo(info)});
  }
  return count;
}

bool has_children() {
  siginfo_t info{};
  int result;
  do result = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

Status become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return system_error("PR_SET_CHILD_SUBREAPER");
  return {};
}

}  // namespace lastcall::os
