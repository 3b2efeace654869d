#include "os/spawn_child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace lastcall::os {
namespace {

[[noreturn]] void give_up(const SpawnPlan& plan, SpawnStep step) {
  const SpawnReport report{step, errno};
  [[maybe_unused]] const auto written = ::write(plan.report_fd, &report, sizeof report);
  ::_exit(125);
}

void set_disposition(int number, bool ignored) {
  struct sigaction action{};
  action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
  ::sigaction(number, &action, nullptr);  // fails for KILL, STOP and the two of the C library, which are never changed
}

void set_dispositions(const SpawnRequest& request) {
  if (request.restore != nullptr) {
    const auto& ignored = request.restore->ignored;
    for (std::size_t number = 1; number < ignored.size(); ++number) set_disposition(static_cast<int>(number), ignored[number]);
  }
  if (!request.ignore_stop_signals) return;
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT,
                           SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH})
    set_disposition(number, true);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) set_disposition(number, true);
}

void mark_all_for_closing() {
  if (::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0) return;
  // Linux before 5.11, or a seccomp profile that does not know the call: one by one, as far as anybody sensible goes (5 ms).
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int last = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
  for (int fd = 3; fd < last; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool place_descriptors(const SpawnPlan& plan) {
  mark_all_for_closing();
  for (const int fd : plan.request.keep)
    if (::fcntl(fd, F_SETFD, 0) != 0 && errno != EBADF) return false;
  for (const auto& [from, to] : plan.moves)
    if (::dup2(from, to) < 0) return false;
  return true;
}

bool set_limits(const SpawnRequest& request) {
  if (request.restore != nullptr) {
    const rlimit limit{request.restore->nofile_soft, request.restore->nofile_hard};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  }
  return std::ranges::all_of(request.limits, [](const SpawnRequest::Limit& wanted) {
    const rlimit limit{wanted.soft, wanted.hard};
    return ::setrlimit(static_cast<__rlimit_resource_t>(wanted.resource), &limit) == 0;
  });
}

// Raw system calls: the C library's wrappers signal all threads of the process, of which there is one here.
bool take_credentials(const Credentials& wanted) {
  if (::geteuid() != 0 && ::getuid() == wanted.uid && ::getgid() == wanted.gid) return true;
  return ::syscall(SYS_setgroups, wanted.groups.size(), wanted.groups.data()) == 0 &&
         ::syscall(SYS_setresgid, wanted.gid, wanted.gid, wanted.gid) == 0 &&
         ::syscall(SYS_setresuid, wanted.uid, wanted.uid, wanted.uid) == 0;
}

void arm_parent_death(const SpawnPlan& plan) {
  if (::prctl(PR_SET_PDEATHSIG, plan.request.parent_death_signal, 0, 0, 0) != 0) give_up(plan, SpawnStep::parent_death);
  // The parent may have died before the prctl; then nobody is left to report to either (P42).
  if (::getppid() != plan.parent_pid) ::_exit(125);
}

// As execvp: an element of PATH that has no such file, or one we may not run, does not end the search.
void exec(const SpawnPlan& plan) {
  if (plan.executable_fd >= 0) {
    ::syscall(SYS_execveat, plan.executable_fd, "", plan.argv.data(), plan.env.data(), AT_EMPTY_PATH);
    return;
  }
  bool forbidden = false;
  for (const std::string& candidate : plan.candidates) {
    ::execve(candidate.c_str(), plan.argv.data(), plan.env.data());
    switch (errno) {
      case EACCES: forbidden = true; break;
      case ENOENT:
      case ENOTDIR:
      case ENAMETOOLONG:
      case ELOOP:
      case ENODEV:
      case ESTALE:
      case ETIMEDOUT: break;
      default: return;
    }
  }
  if (forbidden) errno = EACCES;
}

}  // namespace

void run_child(const SpawnPlan& plan) {
  const SpawnRequest& request = plan.request;
  if (request.group == SpawnRequest::Group::own && ::setpgid(0, 0) != 0) give_up(plan, SpawnStep::group);
  // All signals are blocked here, SIGTTOU among them, so the background may do this. A terminal that is gone is no failure (P82).
  if (plan.terminal >= 0) (void)::tcsetpgrp(plan.terminal, ::getpid());
  set_dispositions(request);
  if (!place_descriptors(plan)) give_up(plan, SpawnStep::descriptors);
  if (!set_limits(request)) give_up(plan, SpawnStep::limits);
  if (request.credentials && !take_credentials(*request.credentials)) give_up(plan, SpawnStep::credentials);
  if (!request.dir.empty() && ::chdir(request.dir.c_str()) != 0) give_up(plan, SpawnStep::directory);
  if (request.parent_death_signal != 0) arm_parent_death(plan);  // after the credentials, whose change clears it (G132)
  if (request.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(plan, SpawnStep::privileges);
  if (::sigprocmask(SIG_SETMASK, &plan.mask, nullptr) != 0) give_up(plan, SpawnStep::signals);
  errno = ENOENT;
  exec(plan);
  give_up(plan, SpawnStep::exec);
}

}  // namespace lastcall::os
