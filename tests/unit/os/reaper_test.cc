#include "os/reaper.h"

#include <doctest/doctest.h>

#include <csignal>
#include <map>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

void wait_until_something_ended() {
  siginfo_t info{};
  ::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
}

// A child that leaves 200 orphans, which all end in one burst together with it.
int leave_orphans(int hold) {
  for (int i = 0; i < 200; ++i) {
    if (fork_copy() != 0) continue;
    char byte;
    (void)!::read(hold, &byte, 1);
    ::_exit(7);
  }
  return 42;
}

TEST_CASE("200 orphans under a subreaper are all collected, a pass at a time, and none hides the child's own exit (P13, P18, P20)") {
  const int code = in_fork([] {
    if (!become_subreaper().ok()) return 1;
    Pipe hold;
    const int child = fork_copy();
    if (child == 0) {
      hold.writing.reset();
      ::_exit(leave_orphans(hold.reading.get()));
    }
    wait_until_something_ended();  // the child; its orphans are ours now
    hold.reading.reset();
    hold.writing.reset();          // and now they end as well
    std::map<int, int> codes;
    std::size_t most = 0;
    while (codes.size() < 201) {
      wait_until_something_ended();
      most = std::max(most, reap(50, [&](const Reaped& reaped) { codes[reaped.pid] = shell_code(reaped.status); }));
    }
    if (most > 50) return 2;
    if (codes[child] != 42) return 3;
    for (const auto& [pid, value] : codes)
      if (pid != child && value != 7) return 4;
    return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD ? 0 : 5;
  });
  CHECK(code == 0);
}

TEST_CASE("children count until they are collected, running or ended, and then there are none") {
  const int code = in_fork([] {
    if (has_children()) return 1;
    Pipe hold;
    if (fork_copy() == 0) {
      hold.writing.reset();
      char byte;
      (void)!::read(hold.reading.get(), &byte, 1);
      ::_exit(7);
    }
    if (!has_children()) return 2;
    hold.writing.reset();
    wait_until_something_ended();
    if (!has_children()) return 3;
    reap(kReapLimit, [](const Reaped&) {});
    return has_children() ? 4 : 0;
  });
  CHECK(code == 0);
}

TEST_CASE("a full pass says so by its count, and an empty one is no error") {
  const int code = in_fork([] {
    const auto ignore = [](const Reaped&) {};
    if (reap(kReapLimit, ignore) != 0) return 1;  // no child at all
    for (int i = 0; i < 3; ++i) {
      const int pid = fork_copy();
      if (pid == 0) ::_exit(0);
      siginfo_t info{};
      ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
    }
    if (reap(2, ignore) != 2) return 2;
    if (reap(2, ignore) != 1) return 3;
    return reap(2, ignore) == 0 ? 0 : 4;
  });
  CHECK(code == 0);
}

TEST_CASE("a child that is stopped or continued is not taken for one that ended (P22)") {
  const int code = in_fork([] {
    const auto ignore = [](const Reaped&) {};
    const int pid = fork_copy();
    if (pid == 0) {
      ::raise(SIGSTOP);
      ::_exit(9);
    }
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOWAIT);
    if (reap(kReapLimit, ignore) != 0) return 1;
    ::kill(pid, SIGCONT);
    wait_until_something_ended();
    int seen = 0;
    reap(kReapLimit, [&](const Reaped& reaped) { seen = shell_code(reaped.status); });
    return seen == 9 ? 0 : 2;
  });
  CHECK(code == 0);
}

}  // namespace
}  // namespace lastcall::os::test
