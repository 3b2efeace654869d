#include "os/spawn.h"

#include <doctest/doctest.h>

#include <sys/prctl.h>

#include <cerrno>
#include <csignal>

#include "fixture.h"
#include "os/pidfd.h"

namespace lastcall::os::test {
namespace {

TEST_CASE("the environment arrives byte for byte: percent signs, new lines, empty values, duplicates, no equals sign (P56)") {
  SpawnRequest request;
  request.argv = {"/bin/cat", "/proc/self/environ"};
  request.env = {"A=%d%s", "B=two\nlines", "C=", "A=again", "odd", std::string("D=\xff\x01")};
  std::string expected;
  for (const std::string& entry : request.env) expected += entry + '\0';
  CHECK(run(request).text == expected);
}

TEST_CASE("arguments arrive untouched: empty ones, dashes, spaces (P59)") {
  SpawnRequest request = shell("cat /proc/$$/cmdline; :");
  request.argv.insert(request.argv.end(), {"", "--listen", "a b", "{port}"});
  std::string expected;
  for (const std::string& argument : request.argv) expected += argument + '\0';
  CHECK(run(request).text == expected);
}

TEST_CASE("the child works where it is told to, and else where we do (P54)") {
  SpawnRequest request = shell("pwd -P");
  char ours[4096];
  REQUIRE(::getcwd(ours, sizeof ours) != nullptr);
  CHECK(run(request).text == std::string(ours) + "\n");
  request.dir = "/usr/bin";
  CHECK(run(request).text == "/usr/bin\n");
}

TEST_CASE("mask, ignored signals and descriptor limit are the child's as our own parent left them (P45, P46, P47, P53)") {
  Pipe pipe;
  const int code = in_fork([&] {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    for (int number = 1; number < 32; ++number) ::signal(number, SIG_DFL);
    ::signal(SIGHUP, SIG_IGN);
    ::signal(SIGCHLD, SIG_IGN);
    const rlimit limit{123, 456};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const InheritedState state = take_over_process();
    SpawnRequest request;  // no shell: it would change SIGCHLD itself
    request.argv = {"/bin/cat", "/proc/self/status", "/proc/self/limits"};
    request.restore = &state;
    request.descriptors = {{pipe.writing.get(), 1}};
    const SpawnResult result = spawn(request);
    return result ? wait_for(result.child->pid) : 1;
  });
  CHECK(code == 0);
  pipe.writing.reset();
  const std::string text = read_to_end(pipe.reading.get());
  CHECK(status_field(text, "SigBlk") == "0000000000000200");  // USR1 alone
  const std::string ignored = status_field(text, "SigIgn");
  CHECK(has_signal(ignored, SIGHUP));
  CHECK(has_signal(ignored, SIGCHLD));
  CHECK_FALSE(has_signal(ignored, SIGPIPE));  // ignored by us only (P38)
  CHECK_FALSE(has_signal(ignored, SIGTERM));
  CHECK(text.find("Max open files            123                  456 ") != std::string::npos);
}

TEST_CASE("a worker ignores what a terminal or a group sends, so that only its channel commands it") {
  SpawnRequest request;
  request.argv = {"/bin/cat", "/proc/self/status"};
  request.ignore_stop_signals = true;
  const std::string ignored = status_field(run(request).text, "SigIgn");
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTOU, 34, 64})
    CHECK(has_signal(ignored, number));
  CHECK_FALSE(has_signal(ignored, SIGSEGV));
}

// Which of 3 to 60 are open in the child.
SpawnRequest list_descriptors() {
  return shell("i=3; while [ $i -le 60 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done");
}

TEST_CASE("the child has descriptors 0 to 2 and what it was given, nothing of ours (P48)") {
  const UniqueFd leak(::open("/dev/null", O_RDONLY));  // deliberately without O_CLOEXEC
  const UniqueFd high(::fcntl(leak.get(), F_DUPFD, 50));
  CHECK(run(list_descriptors()).text == "");
  SpawnRequest request = list_descriptors();
  request.descriptors = {{leak.get(), 7}};
  request.keep = {high.get()};
  CHECK(run(request).text == "7\n" + std::to_string(high.get()) + "\n");
}

TEST_CASE("descriptors may trade places: no move overwrites the source of another") {
  Pipe first, second;
  SpawnRequest request = shell("echo one >&" + std::to_string(second.writing.get()) + "; echo two >&" +
                               std::to_string(first.writing.get()));
  request.descriptors = {{first.writing.get(), second.writing.get()}, {second.writing.get(), first.writing.get()}};
  const SpawnResult result = spawn(request);
  REQUIRE(result);
  CHECK(wait_for(result.child->pid) == 0);
  first.writing.reset();
  second.writing.reset();
  CHECK(read_to_end(first.reading.get()) == "one\n");
  CHECK(read_to_end(second.reading.get()) == "two\n");
}

TEST_CASE("the child leads its own process group from the moment spawn() returns, so a signal to the group finds it (P28)") {
  const SpawnResult own = spawn(shell("exec sleep 1000"));
  REQUIRE(own);
  CHECK(::getpgid(own.child->pid) == own.child->pid);
  CHECK(::kill(-own.child->pid, SIGTERM) == 0);
  CHECK(wait_for(own.child->pid) == 143);
  SpawnRequest request = shell("exec sleep 1000");
  request.group = SpawnRequest::Group::inherit;
  const SpawnResult ours = spawn(request);
  REQUIRE(ours);
  CHECK(::getpgid(ours.child->pid) == ::getpgrp());
  ::kill(ours.child->pid, SIGKILL);
  CHECK(wait_for(ours.child->pid) == 137);
}

TEST_CASE("a child with a parent-death signal does not survive us (P41, P42)") {
  Pipe report, go;
  const int middle = fork_copy();
  if (middle == 0) {
    SpawnRequest request = shell("exec sleep 1000");
    request.parent_death_signal = SIGKILL;
    const SpawnResult result = spawn(request);
    const int pid = result ? result.child->pid : -1;
    (void)!::write(report.writing.get(), &pid, sizeof pid);
    char byte;
    (void)!::read(go.reading.get(), &byte, 1);  // until the test watches the grandchild
    ::kill(::getpid(), SIGKILL);
  }
  int pid = -1;
  REQUIRE(::read(report.reading.get(), &pid, sizeof pid) == sizeof pid);
  const UniqueFd pidfd = open_pidfd(pid).ok() ? std::move(open_pidfd(pid)).value() : UniqueFd();
  REQUIRE(pidfd);
  go.writing.reset();
  go.reading.reset();
  REQUIRE(::kill(middle, SIGKILL) == 0);
  CHECK(wait_for(middle) == 137);
  CHECK(becomes_readable(pidfd.get()));
}

TEST_CASE("user, group, supplementary groups and no_new_privs are set before the command runs (P60)") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: needs root");
    return;
  }
  SpawnRequest request;
  request.argv = {"/bin/cat", "/proc/self/status"};
  request.credentials = Credentials{54321, 54322, {54323, 54324}};
  request.no_new_privileges = true;
  const std::string text = run(request).text;
  CHECK(status_field(text, "Uid") == "54321\t54321\t54321\t54321");
  CHECK(status_field(text, "Gid") == "54322\t54322\t54322\t54322");
  CHECK(status_field(text, "Groups") == "54323 54324 ");
  CHECK(status_field(text, "NoNewPrivs") == "1");
  CHECK(status_field(text, "CapEff") == "0000000000000000");
}

TEST_CASE("a worker runs the executable that was opened, whatever its path names by then") {
  const TempDir temp;
  const UniqueFd opened(::open("/bin/cat", O_PATH | O_CLOEXEC));
  SpawnRequest request;
  request.argv = {"no-such-command", "/proc/self/status"};
  request.executable_fd = opened.get();
  const Output output = run(request);
  CHECK(output.code == 0);
  CHECK(status_field(output.text, "SigBlk") == "0000000000000000");
}

TEST_CASE("the pidfd becomes readable when the child ends") {
  Pipe hold;
  SpawnRequest request = shell("read line; exit 3");
  request.descriptors = {{hold.reading.get(), 0}};
  const SpawnResult result = spawn(request);
  REQUIRE(result);
  pollfd now{.fd = result.child->pidfd.get(), .events = POLLIN, .revents = 0};
  CHECK(::poll(&now, 1, 0) == 0);
  hold.writing.reset();
  CHECK(becomes_readable(result.child->pidfd.get()));
  CHECK(wait_for(result.child->pid) == 3);
}

}  // namespace
}  // namespace lastcall::os::test
