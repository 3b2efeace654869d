#include "os/pidfd.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

TEST_CASE("a signal after the process was reaped goes nowhere, even if its number is in use again (P25)") {
  const int pid = fork_copy();
  if (pid == 0) ::_exit(0);
  auto pidfd = open_pidfd(pid);
  REQUIRE(pidfd.ok());
  CHECK(becomes_readable(pidfd.value().get()));
  wait_for(pid);
  const Status status = send_signal(pidfd.value().get(), SIGTERM);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ESRCH);
  CHECK(open_pidfd(pid).error().code == ESRCH);
}

TEST_CASE("a queued signal keeps its payload, and one without has none (P32)") {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 3);
  ::sigprocmask(SIG_BLOCK, &set, &before);
  const int pid = fork_copy();
  if (pid == 0) {
    const timespec limit{10, 0};
    siginfo_t first{}, second{};
    ::sigtimedwait(&set, &first, &limit);
    ::sigtimedwait(&set, &second, &limit);
    const bool payload = first.si_code == SI_QUEUE && first.si_value.sival_int == 4711 && first.si_pid == ::getppid();
    ::_exit(payload && second.si_code == SI_USER ? 0 : 1);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  auto pidfd = open_pidfd(pid);
  REQUIRE(pidfd.ok());
  CHECK(send_signal(pidfd.value().get(), SIGRTMIN + 3, 4711).ok());
  CHECK(send_signal(pidfd.value().get(), SIGRTMIN + 3).ok());
  CHECK(wait_for(pid) == 0);
}

TEST_CASE("an empty process group is told apart from a refusal") {
  const int pid = fork_copy();
  if (pid == 0) ::_exit(0);
  ::setpgid(pid, pid);
  wait_for(pid);
  CHECK(send_signal_to_group(pid, SIGTERM).error().code == ESRCH);
  CHECK(send_signal_to_pid(pid, SIGTERM).error().code == ESRCH);
}

}  // namespace
}  // namespace lastcall::os::test
