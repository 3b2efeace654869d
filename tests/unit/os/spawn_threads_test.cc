// spawn() in a process that is busy with other things: threads that hold the locks of the C library, and signals that come by the thousand.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "base/log.h"
#include "fixture.h"

namespace lastcall::os::test {
namespace {

void write_nowhere(std::string_view) {}

int g_home = 0;

void note(int) {
  if (::getpid() == g_home) return;
  // The new process shares nothing with us but this descriptor's file.
  [[maybe_unused]] const auto written = ::write(2, "a handler of ours ran in the child\n", 35);
  ::_exit(99);
}

TEST_CASE("between fork and exec no lock is needed: 1,000 spawns while threads log and allocate, and none hangs (P62)") {
  const int code = in_fork([] {
    LogSettings log;
    log.writer = write_nowhere;
    configure_log(log);
    std::atomic<bool> stop{false};
    std::thread logger([&] {
      while (!stop) log_info("busy")("with", "lines");
    });
    std::thread allocator([&] {
      while (!stop) delete[] new char[1 + std::rand() % 100'000];
    });
    int failed = 0;
    for (int i = 0; i < 1000; ++i) {
      SpawnRequest request;
      request.argv = {"/bin/true"};
      const SpawnResult result = spawn(request);
      failed += !result || wait_for(result.child->pid) != 0;
    }
    stop = true;
    logger.join();
    allocator.join();
    return failed == 0 ? 0 : 1;
  });
  CHECK(code == 0);
}

TEST_CASE("no handler of ours runs in the child, however many signals its group gets between fork and exec (P63)") {
  const int code = in_fork([] {
    ::setpgid(0, 0);
    g_home = ::getpid();
    struct sigaction action{};
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR1, &action, nullptr);
    InheritedState as_before;
    as_before.ignored[SIGUSR1] = true;  // so that one that is still pending at the end does not end it
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    as_before.nofile_soft = limit.rlim_cur;
    as_before.nofile_hard = limit.rlim_max;
    sigemptyset(&as_before.mask);
    const int group = ::getpgrp();
    const int sender = ::fork();
    if (sender == 0) {
      ::setpgid(0, ::getppid());
      ::signal(SIGUSR1, SIG_IGN);
      for (;;) ::kill(-group, SIGUSR1);
    }
    int failed = 0;
    for (int i = 0; i < 300; ++i) {
      SpawnRequest request;
      request.argv = {"/bin/true"};
      request.group = SpawnRequest::Group::inherit;  // it stays in the line of fire
      request.restore = &as_before;
      const SpawnResult result = spawn(request);
      failed += !result || wait_for(result.child->pid) != 0;
    }
    ::kill(sender, SIGKILL);
    wait_for(sender);
    return failed == 0 ? 0 : 1;
  });
  CHECK(code == 0);
}

}  // namespace
}  // namespace lastcall::os::test
