#include "supervisor/child_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fixture.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

// A shell program as the child; it says so in a file when it is where the test wants it.
class Child : ChildProcess::Owner {
 public:
  explicit Child(const std::string& program) : Child(request(program)) {}
  explicit Child(os::SpawnRequest request) : process(supervised.loop, supervised.processes, std::move(request), "", *this) {
    (void)os::become_subreaper();
    supervised.after_pass = [this](auto) { process.look_for_rest(); };
    std::filesystem::remove(mark());
  }
  ~Child() override {
    process.kill_all();
    (void)supervised.run_until([this] { return process.gone(); });
    std::filesystem::remove(mark());
  }
  static std::string mark() { return "/tmp/lastcall-child-" + std::to_string(::getpid()); }
  bool start_and_wait_for_mark() {
    return !process.start() && supervised.run_until([] { return std::filesystem::exists(mark()); });
  }
  bool wait_gone() { return supervised.run_until([this] { return process.gone(); }); }

  test::Supervised supervised;
  ChildProcess process;
  int main_exits = 0, gone_calls = 0;

 private:
  void on_main_exited() override { ++main_exits; }
  void on_nothing_left() override { ++gone_calls; }
  bool other_copies_live() const override { return false; }
  static os::SpawnRequest request(const std::string& program) {
    os::SpawnRequest made;
    made.argv = {"/bin/sh", "-c", program};
    made.env = {"PATH=/usr/bin:/bin", "MARK=" + mark()};
    made.restore = &test::inherited();
    return made;
  }
};

}  // namespace

TEST_CASE("the child's own exit code is kept, and nothing of it is left") {
  Child child("exit 7");
  REQUIRE_FALSE(child.process.start());
  CHECK(child.wait_gone());
  CHECK(child.process.exit() == os::ExitStatus{.signaled = false, .value = 7});
  CHECK(child.main_exits == 1);
  CHECK(child.gone_calls == 1);
}

TEST_CASE("a command that does not exist is told before anything runs (P4)") {
  os::SpawnRequest request;
  request.argv = {"/no/such/command"};
  Child child(std::move(request));
  const auto failure = child.process.start();
  REQUIRE(failure.has_value());
  CHECK(failure->exit_code == 127);
  CHECK_FALSE(child.process.started());
  CHECK(child.process.gone());
}

TEST_CASE("the child gets the signal that it is stopped with, whichever that is (G127)") {
  Child child("trap 'exit 5' USR2; : > $MARK; while :; do sleep 0.01; done");
  REQUIRE(child.start_and_wait_for_mark());
  CHECK(child.process.stop(SIGUSR2));
  CHECK(child.wait_gone());
  CHECK(child.process.exit() == os::ExitStatus{.signaled = false, .value = 5});
  CHECK_FALSE(child.process.stop(SIGUSR2));
}

TEST_CASE("a stopped child still stops: CONT follows the stop signal (P43)") {
  Child child("trap 'exit 3' TERM; : > $MARK; while :; do sleep 0.01; done");
  REQUIRE(child.start_and_wait_for_mark());
  child.process.forward(SIGSTOP);
  REQUIRE(child.supervised.run_until([&] { return os::read_process(child.process.pid())->state == 'T'; }));
  CHECK(child.process.stop(SIGTERM));
  CHECK(child.wait_gone());
  CHECK(child.process.exit() == os::ExitStatus{.signaled = false, .value = 3});
}

TEST_CASE("what the main process leaves behind is seen, gets TERM and CONT, and is waited for (P71)") {
  // The grandchild goes to a session of its own, so neither the group nor the parent link of its first parent reaches it.
  Child child("setsid sh -c 'trap \"\" HUP; : > $MARK; exec sleep 1000' & while [ ! -e $MARK ]; do sleep 0.01; done; exit 0");
  REQUIRE_FALSE(child.process.start());
  REQUIRE(child.supervised.run_until([&] { return child.main_exits == 1; }));
  CHECK_FALSE(child.process.gone());
  CHECK(child.process.signal_descendants() >= 1);
  CHECK(child.wait_gone());
  CHECK(child.gone_calls == 1);
}

TEST_CASE("a kill reaches the main process and a grandchild in another session that ignores TERM (P70, G133)") {
  Child child("setsid sh -c 'trap \"\" TERM HUP; : > $MARK; while :; do sleep 0.05; done' & trap '' TERM; while :; do sleep 0.05; done");
  REQUIRE(child.start_and_wait_for_mark());
  CHECK(child.process.processes().size() >= 2);
  child.process.kill_all();
  CHECK(child.wait_gone());
  CHECK(child.process.exit() == os::ExitStatus{.signaled = true, .value = SIGKILL});
  CHECK(child.process.processes().empty());
}

TEST_CASE("a process that was ours before is neither stopped nor waited for") {
  const int stranger = ::fork();  // as `exec > >(tee log); exec lastcall` leaves one
  if (stranger == 0) {
    ::pause();
    ::_exit(0);
  }
  {
    Child child("exit 0");
    REQUIRE_FALSE(child.process.start());
    CHECK(child.wait_gone());
    CHECK(child.process.signal_descendants() == 0);
    CHECK(::kill(stranger, 0) == 0);
  }
  ::kill(stranger, SIGKILL);
  CHECK(::waitpid(stranger, nullptr, 0) == stranger);
}
