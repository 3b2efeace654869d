#include "os/terminal.h"

#include <doctest/doctest.h>

#include <sys/ioctl.h>

#include <csignal>
#include <cstdlib>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

// Runs `body` as the leader of a session whose controlling terminal is a new pty on 0, 1 and 2.
template <class Body>
int on_terminal(Body body) {
  const UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(master);
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  const std::string name = ::ptsname(master.get());
  return in_fork([&] {
    ::setsid();
    const int slave = ::open(name.c_str(), O_RDWR);  // without O_NOCTTY: becomes the controlling terminal
    for (const int fd : {0, 1, 2}) ::dup2(slave, fd);
    return body();
  });
}

SpawnRequest waiting_child() {
  SpawnRequest request = shell("exec sleep 1000");
  return request;
}

void end(const SpawnResult& result) {
  ::kill(result.child->pid, SIGKILL);
  wait_for(result.child->pid);
}

TEST_CASE("a child that gets the terminal is its foreground group when spawn() returns, and we have it back afterwards (P81, P88)") {
  const int code = on_terminal([] {
    if (!is_terminal(0) || !in_foreground(0)) return 1;
    SavedTerminal saved(0);
    SpawnRequest request = waiting_child();
    request.foreground = true;
    const SpawnResult result = spawn(request);
    if (!result || ::tcgetpgrp(0) != result.child->pid) return 2;
    termios modes{};
    ::tcgetattr(0, &modes);
    modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    take_foreground(0, ::getpgrp()).ok();
    ::tcsetattr(0, TCSANOW, &modes);
    take_foreground(0, result.child->pid).ok();
    end(result);
    saved.restore();
    if (!in_foreground(0)) return 3;  // from the background, without being stopped by SIGTTOU
    ::tcgetattr(0, &modes);
    return (modes.c_lflag & ECHO) != 0 ? 0 : 4;
  });
  CHECK(code == 0);
}

TEST_CASE("a job in the background gives nothing away: the shell keeps its terminal (P83)") {
  const int code = on_terminal([] {
    const int shell_group = ::getpgrp();
    const int job = fork_copy();
    if (job == 0) {
      ::setpgid(0, 0);
      SavedTerminal saved(0);
      SpawnRequest request = waiting_child();
      request.foreground = true;
      const SpawnResult result = spawn(request);
      if (!result) ::_exit(1);
      const bool kept = ::tcgetpgrp(0) == shell_group;
      end(result);
      saved.restore();
      ::_exit(kept && ::tcgetpgrp(0) == shell_group ? 0 : 2);
    }
    return wait_for(job);
  });
  CHECK(code == 0);
}

TEST_CASE("without a terminal nothing fails, and a width is made up (P82)") {
  Pipe pipe;
  CHECK_FALSE(is_terminal(pipe.reading.get()));
  CHECK_FALSE(in_foreground(pipe.reading.get()));
  CHECK_FALSE(in_foreground(-1));
  CHECK(window_width(pipe.reading.get()) == 80);
  CHECK_FALSE(take_foreground(pipe.reading.get(), ::getpgrp()).ok());
  const int code = in_fork([] {
    ::setsid();
    for (const int fd : {0, 1, 2}) ::close(fd);
    SavedTerminal saved(0);
    SpawnRequest request = shell("exit 5");
    request.foreground = true;
    const SpawnResult result = spawn(request);
    return result ? wait_for(result.child->pid) : 1;
  });
  CHECK(code == 5);
}

TEST_CASE("the width is the terminal's own") {
  const int code = on_terminal([] {
    const winsize size{.ws_row = 24, .ws_col = 132, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(0, TIOCSWINSZ, &size);
    return window_width(0);
  });
  CHECK(code == 132);
}

}  // namespace
}  // namespace lastcall::os::test
