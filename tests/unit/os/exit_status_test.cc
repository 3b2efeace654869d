#include "os/exit_status.h"

#include <doctest/doctest.h>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

template <class Body>
ExitStatus status_of(Body body) {
  const int pid = fork_copy();
  if (pid == 0) {
    ::prctl(PR_SET_DUMPABLE, 0);
    body();
    ::_exit(99);
  }
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
  return from_siginfo(info);
}

TEST_CASE("every exit code is reported as it is (P1)") {
  for (int code = 0; code <= 255; ++code) {
    const ExitStatus status = status_of([code] { ::_exit(code); });
    CHECK_FALSE(status.signaled);
    CHECK(shell_code(status) == code);
  }
}

TEST_CASE("a death by signal n is 128 + n, real-time signals included (P2)") {
  for (const int number : {1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31, 34, 35, 64}) {
    const ExitStatus status = status_of([number] {
      ::signal(number, SIG_DFL);
      ::kill(::getpid(), number);
    });
    CHECK(status.signaled);
    CHECK(shell_code(status) == 128 + number);
  }
}

TEST_CASE("a dumped core does not leak into the number (P3)") {
  siginfo_t info{};
  info.si_code = CLD_DUMPED;
  info.si_status = SIGSEGV;
  const ExitStatus status = from_siginfo(info);
  CHECK(status == ExitStatus{true, SIGSEGV, true});
  CHECK(shell_code(status) == 139);
  CHECK(describe(status) == "SIGSEGV (core dumped)");
  CHECK(describe({false, 3, false}) == "exit code 3");
  CHECK(describe({true, 15, false}) == "SIGTERM");
}

}  // namespace
}  // namespace lastcall::os::test
