#include "os/spawn_child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace lastcall::os {
namespace {

[[noreturn]] void give_up(const SpawnPlan& plan, SpawnStep step, int detail = 0) {
  const SpawnReport report{step, errno, detail};
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

void place_descriptors(const SpawnPlan& plan) {
  mark_all_for_closing();
  for (const int fd : plan.request.keep)
    if (::fcntl(fd, F_SETFD, 0) != 0 && errno != EBADF) give_up(plan, SpawnStep::descriptors, fd);
  for (const auto& [from, to] : plan.moves)
    if (::dup2(from, to) < 0) give_up(plan, SpawnStep::descriptors, to);
}

void set_limits(const SpawnPlan& plan) {
  if (const InheritedState* restore = plan.request.restore) {
    const rlimit limit{restore->nofile_soft, restore->nofile_hard};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) give_up(plan, SpawnStep::limits, -1);
  }
  for (std::size_t index = 0; index < plan.request.limits.size(); ++index) {
    const SpawnRequest::Limit& wanted = plan.request.limits[index];
    const rlimit limit{wanted.soft, wanted.hard};
    if (::setrlimit(static_cast<__rlimit_resource_t>(wanted.resource), &limit) != 0)
      give_up(plan, SpawnStep::limits, static_cast<int>(index));
  }
}

// At least one digit; the number of characters written.
int write_number(int number, char* text) {
  char reversed[kPidDigits];
  int digits = 0;
  unsigned rest = number < 0 ? 0U - static_cast<unsigned>(number) : static_cast<unsigned>(number);
  do reversed[digits++] = static_cast<char>('0' + rest % 10);
  while ((rest /= 10) != 0);
  int size = 0;
  if (number < 0) text[size++] = '-';
  while (digits > 0) text[size++] = reversed[--digits];
  return size;
}

bool set_oom_score(int score) {
  char text[kPidDigits + 1];
  const auto size = static_cast<std::size_t>(write_number(score, text));
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  return fd >= 0 && ::write(fd, text, size) == static_cast<ssize_t>(size) && ::close(fd) == 0;
}

// Raw system calls: the C library's wrappers signal all threads of the process, of which there is one here.
bool take_credentials(const Credentials& wanted) {
  if (::geteuid() != 0 && ::getuid() == wanted.uid && ::getgid() == wanted.gid) return true;
  return ::syscall(SYS_setgroups, wanted.groups.size(), wanted.groups.data()) == 0 &&
         ::syscall(SYS_setresgid, wanted.gid, wanted.gid, wanted.gid) == 0 &&
         ::syscall(SYS_setresuid, wanted.uid, wanted.uid, wanted.uid) == 0;
}

void give_up_on(const SpawnPlan& plan, SpawnStep step, int error) {
  errno = error;
  if (error != 0) give_up(plan, step);
}

// What only root may do comes first, what a change of user would undo comes last (capabilities(7), "Effect of user ID changes").
void change_identity(const SpawnPlan& plan) {
  const SpawnRequest& request = plan.request;
  if (request.capabilities) {
    give_up_on(plan, SpawnStep::bounding_set, limit_bounding_set(*request.capabilities));
    if (request.credentials) give_up_on(plan, SpawnStep::capabilities, keep_over_user_change());
  }
  if (request.credentials && !take_credentials(*request.credentials)) give_up(plan, SpawnStep::credentials);
  if (request.capabilities) give_up_on(plan, SpawnStep::capabilities, set_capabilities(*request.capabilities));
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
  place_descriptors(plan);
  set_limits(plan);
  if (request.nice && ::setpriority(PRIO_PROCESS, 0, *request.nice) != 0) give_up(plan, SpawnStep::nice);
  if (request.oom_score_adj && !set_oom_score(*request.oom_score_adj)) give_up(plan, SpawnStep::oom_score);
  if (request.umask) ::umask(*request.umask);
  change_identity(plan);
  if (!request.dir.empty() && ::chdir(request.dir.c_str()) != 0) give_up(plan, SpawnStep::directory);
  if (request.parent_death_signal != 0) arm_parent_death(plan);  // after the credentials, whose change clears it (G132)
  if (request.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(plan, SpawnStep::privileges);
  if (::sigprocmask(SIG_SETMASK, &plan.mask, nullptr) != 0) give_up(plan, SpawnStep::signals);
  for (char* place : plan.own_pid) place[write_number(::getpid(), place)] = '\0';
  errno = ENOENT;
  exec(plan);
  give_up(plan, SpawnStep::exec);
}

}  // namespace lastcall::os
