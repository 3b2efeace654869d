#include "os/process_tree.h"

#include <doctest/doctest.h>

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>

#include "fixture.h"
#include "os/reaper.h"

namespace lastcall::os::test {
namespace {

int pid_from(int fd) {
  int pid = -1;
  return ::read(fd, &pid, sizeof pid) == sizeof pid ? pid : -1;
}

void tell_pid(int fd) {
  const int pid = ::getpid();
  (void)!::write(fd, &pid, sizeof pid);
}

[[noreturn]] void sleep_for_ever() {
  while (true) ::pause();
}

// Forks a process that forks another in a session of its own and ends: a daemon, by the book. Returns the daemon's pid.
int start_daemon() {
  Pipe report;
  const int middle = fork_copy();
  if (middle == 0) {
    if (fork_copy() == 0) {
      ::setsid();
      tell_pid(report.writing.get());
      sleep_for_ever();
    }
    ::_exit(0);
  }
  wait_for(middle);
  return pid_from(report.reading.get());
}

// Only the fork's own children, so that the counts are exact.
int in_subreaper(const std::function<int()>& body) {
  return in_fork([&] {
    if (!become_subreaper().ok()) return 100;
    const int code = body();
    while (signal_all({}, SIGKILL) > 0) {
    }
    while (::wait(nullptr) > 0) {
    }
    return code;
  });
}

TEST_CASE("a daemon that left its session and lost its parent is still found below us, and killed (P70, G133)") {
  const int code = in_subreaper([] {
    const int daemon = start_daemon();
    const auto below = descendant_pids(0);
    if (below != std::vector{daemon}) return 1;
    if (signal_all({}, SIGKILL) != 1) return 2;
    return wait_for(daemon) == 137 && descendant_pids(0).empty() ? 0 : 3;
  });
  CHECK(code == 0);
}

TEST_CASE("workers are left alone, and with them whatever is below them") {
  const int code = in_subreaper([] {
    Pipe report;
    const int worker = fork_copy();
    if (worker == 0) {
      if (fork_copy() == 0) {
        tell_pid(report.writing.get());
        sleep_for_ever();
      }
      sleep_for_ever();
    }
    const int below_worker = pid_from(report.reading.get());
    const int child = fork_copy();
    if (child == 0) sleep_for_ever();
    if (descendant_pids(0).size() != 3 || descendant_pids(worker) != std::vector{below_worker}) return 1;
    if (signal_all({.except = {worker}}, SIGTERM) != 1) return 2;
    if (wait_for(child) != 143) return 3;
    return descendant_pids(0).size() == 2 ? 0 : 4;
  });
  CHECK(code == 0);
}

TEST_CASE("who is below us is told by the parents upwards: a daemon too, but no worker, nothing below one, and no stranger") {
  const int code = in_subreaper([] {
    const int daemon = start_daemon();
    Pipe report;
    const int worker = fork_copy();
    if (worker == 0) {
      if (fork_copy() == 0) tell_pid(report.writing.get());
      sleep_for_ever();
    }
    const int below_worker = pid_from(report.reading.get());
    if (!is_below_us(daemon, {worker}) || !is_below_us(below_worker, {})) return 1;
    if (is_below_us(worker, {worker}) || is_below_us(below_worker, {worker})) return 2;
    return is_below_us(::getpid(), {}) || is_below_us(::getppid(), {}) || is_below_us(1, {}) || is_below_us(0, {}) ? 3 : 0;
  });
  CHECK(code == 0);
}

TEST_CASE("a zombie is nobody's descendant any more") {
  const int code = in_subreaper([] {
    const int pid = fork_copy();
    if (pid == 0) ::_exit(0);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
    const auto process = read_process(pid);
    if (!process || process->state != 'Z') return 1;
    return descendant_pids(0).empty() && signal_all({}, SIGKILL) == 0 ? 0 : 2;
  });
  CHECK(code == 0);
}

TEST_CASE("a stopped process gets its signal: CONT follows (P43)") {
  const int code = in_subreaper([] {
    const int pid = fork_copy();
    if (pid == 0) sleep_for_ever();
    ::kill(pid, SIGSTOP);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOWAIT);
    if (signal_all({}, SIGTERM, true) != 1) return 1;
    return wait_for(pid);
  });
  CHECK(code == 143);
}

TEST_CASE("a process that forks while it is being killed does not save its offspring") {
  const int code = in_subreaper([] {
    Pipe report;
    // A chain: each link forks the next and ends, so the tree changes all the time.
    if (fork_copy() == 0) {
      for (bool first = true;; first = false) {
        if (first) tell_pid(report.writing.get());
        const int next = fork_copy();
        if (next != 0) ::_exit(0);
      }
    }
    if (pid_from(report.reading.get()) < 0) return 1;
    for (int round = 0; round < 1000; ++round) {
      signal_all({}, SIGKILL);
      while (::waitpid(-1, nullptr, WNOHANG) > 0) {
      }
      if (::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD) return 0;
    }
    return 2;
  });
  CHECK(code == 0);
}

TEST_CASE("a name that looks like the rest of the line is read as a name") {
  Pipe report, hold;
  const int pid = fork_copy();
  if (pid == 0) {
    ::prctl(PR_SET_NAME, ") R 1 1 (");
    tell_pid(report.writing.get());
    sleep_for_ever();
  }
  REQUIRE(pid_from(report.reading.get()) == pid);
  const auto process = read_process(pid);
  REQUIRE(process);
  CHECK(process->name == ") R 1 1 (");
  CHECK(process->parent == ::getpid());
  CHECK(process->group == ::getpgrp());
  CHECK(process->start_time > 0);
  ::kill(pid, SIGKILL);
  wait_for(pid);
  CHECK_FALSE(read_process(pid));
}

}  // namespace
}  // namespace lastcall::os::test
