#include "os/inherited_state.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

bool is_dev_null(int fd) {
  struct stat ours{}, null{};
  return ::fstat(fd, &ours) == 0 && ::stat("/dev/null", &null) == 0 && ours.st_rdev == null.st_rdev;
}

TEST_CASE("started with 0, 1 and 2 closed, they are /dev/null and nothing of ours lands there (G34, P50)") {
  const int code = in_fork([] {
    for (const int fd : {0, 1, 2}) ::close(fd);
    take_over_process();
    for (const int fd : {0, 1, 2})
      if (!is_dev_null(fd)) return 1;
    return ::open("/dev/null", O_RDONLY) > 2 ? 0 : 2;
  });
  CHECK(code == 0);
}

TEST_CASE("signals blocked before main() are blocked, and the child still gets the mask from before (P27, P45)") {
  const int code = in_fork([] {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    block_signals_early();
    ::raise(SIGTERM);  // would end us
    const InheritedState state = take_over_process();
    if (sigismember(&state.mask, SIGUSR1) != 1 || sigismember(&state.mask, SIGTERM) != 0) return 1;
    sigset_t pending;
    ::sigpending(&pending);
    if (sigismember(&pending, SIGTERM) != 1) return 2;
    const InheritedState again = take_over_process();
    return sigismember(&again.mask, SIGTERM) == 1 ? 0 : 3;  // once: afterwards the mask is what it is
  });
  CHECK(code == 0);
}

TEST_CASE("one that is open stays what it was, between two that are closed (P50)") {
  Pipe pipe;
  const int code = in_fork([&] {
    ::dup2(pipe.writing.get(), 1);
    ::close(0);
    ::close(2);
    take_over_process();
    return ::write(1, "x", 1) == 1 && is_dev_null(0) && is_dev_null(2) ? 0 : 1;
  });
  CHECK(code == 0);
  pipe.writing.reset();
  CHECK(read_to_end(pipe.reading.get()) == "x");
}

TEST_CASE("mask, ignored signals, descriptors and limit are recorded before they are changed") {
  const int code = in_fork([] {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    ::signal(SIGTTOU, SIG_IGN);
    const int fd = ::fcntl(0, F_DUPFD, 77);
    const rlimit limit{200, 400};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const InheritedState state = take_over_process();
    if (sigismember(&state.mask, SIGUSR2) != 1 || sigismember(&state.mask, SIGTERM) != 0) return 1;
    if (!state.ignored[SIGTTOU] || state.ignored[SIGTERM]) return 2;
    if (std::ranges::count(state.open_descriptors, fd) != 1 || state.open_descriptors.front() < 3) return 3;
    if (state.nofile_soft != 200 || state.nofile_hard != 400 || state.parent_pid != ::getppid()) return 4;
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    if (now.rlim_cur != 400) return 5;  // G15
    // The listing itself leaves nothing open.
    return static_cast<int>(state.open_descriptors.size()) == static_cast<int>(take_over_process().open_descriptors.size()) ? 0 : 6;
  });
  CHECK(code == 0);
}

TEST_CASE("a signal that arrives is kept for later, while a crash still ends the process (G39, P27, P39)") {
  const int code = in_fork([] {
    take_over_process();
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGALRM, SIGRTMIN, SIGCHLD}) ::kill(::getpid(), number);
    sigset_t pending;
    ::sigpending(&pending);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGALRM, SIGRTMIN})
      if (sigismember(&pending, number) != 1) return 1;
    ::kill(::getpid(), SIGPIPE);
    ::sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1) return 2;  // ignored, not collected (P38)
    ::kill(::getpid(), SIGABRT);
    return 3;
  });
  CHECK(code == 128 + SIGABRT);
}

TEST_CASE("SIGCHLD ignored by our parent does not swallow exit codes (P14, G131)") {
  const int code = in_fork([] {
    ::signal(SIGCHLD, SIG_IGN);
    if (!take_over_process().ignored[SIGCHLD]) return 1;
    const int pid = fork_copy();
    if (pid == 0) ::_exit(9);
    return wait_for(pid);
  });
  CHECK(code == 9);
}

}  // namespace
}  // namespace lastcall::os::test
