#include "os/inherited_state.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/result.h"

namespace lastcall::os {
namespace {

// Written before any constructor has run, so of types without one.
sigset_t early_mask;
bool blocked_early = false;

// The caller's own descriptors do not count: the directory's is closed again.
bool list_by_proc(std::vector<int>& found) {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return false;
  while (const dirent* entry = ::readdir(directory)) {
    int fd = -1;
    const auto [end, error] = std::from_chars(entry->d_name, entry->d_name + std::strlen(entry->d_name), fd);
    if (error == std::errc() && *end == '\0' && fd > 2 && fd != ::dirfd(directory)) found.push_back(fd);
  }
  ::closedir(directory);
  return true;
}

// Without /proc (P97): poll() marks what is not open as POLLNVAL, a thousand descriptors a call.
void list_by_poll(std::vector<int>& found, rlim_t limit) {
  constexpr int kAtOnce = 1024;
  const int last = static_cast<int>(std::min<rlim_t>(limit, 1 << 20));
  std::vector<pollfd> asked;
  for (int first = 3; first < last; first += kAtOnce) {
    asked.clear();
    for (int fd = first; fd < std::min(last, first + kAtOnce); ++fd) asked.push_back({.fd = fd, .events = 0, .revents = 0});
    if (::poll(asked.data(), asked.size(), 0) < 0) return;
    for (const pollfd& answer : asked)
      if ((answer.revents & POLLNVAL) == 0) found.push_back(answer.fd);
  }
}

void open_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is `fd` itself, since those below it are open by now. Without /dev a pipe nobody reads has to do.
    if (::open("/dev/null", O_RDWR) == fd) continue;
    int ends[2];
    if (::pipe(ends) == 0 && ends[1] > 2) ::close(ends[1]);
  }
}

}  // namespace

void block_signals_early() {
  const sigset_t blocked = blocked_signals();
  if (::sigprocmask(SIG_SETMASK, &blocked, &early_mask) == 0) blocked_early = true;
}

sigset_t blocked_signals() {
  sigset_t set;
  sigfillset(&set);
  // What a crash raises keeps its default action, also when sent from outside (P39): a blocked one would kill us without a word.
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&set, crash);
  sigdelset(&set, SIGPIPE);  // ignored instead; blocked as well it would still be queued, and every signalfd would report it
  return set;
}

InheritedState take_over_process() {
  InheritedState state;
  const sigset_t blocked = blocked_signals();
  if (::sigprocmask(SIG_SETMASK, &blocked, &state.mask) != 0) panic("the signal mask can't be set");
  if (std::exchange(blocked_early, false)) state.mask = early_mask;

  open_standard_descriptors();
  for (std::size_t number = 1; number < state.ignored.size(); ++number) {
    struct sigaction action{};
    if (::sigaction(static_cast<int>(number), nullptr, &action) == 0) state.ignored[number] = action.sa_handler == SIG_IGN;
  }
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  // Ignored, or with SA_NOCLDWAIT, the kernel would reap our children itself and no exit code would ever arrive (P14).
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &action, nullptr);

  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  state.nofile_soft = limit.rlim_cur;
  state.nofile_hard = limit.rlim_max;
  state.parent_pid = ::getppid();
  if (!list_by_proc(state.open_descriptors)) list_by_poll(state.open_descriptors, limit.rlim_max);
  std::ranges::sort(state.open_descriptors);

  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return state;
}

}  // namespace lastcall::os
