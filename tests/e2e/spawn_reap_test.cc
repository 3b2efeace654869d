// Reaping (P17 to P26): everything that ends below lastcall is collected, at any rate, and nothing else is mistaken for the end of the child.
#include <csignal>
#include <fstream>
#include <unistd.h>

#include <sstream>

#include "spawn_init.h"

using namespace lastcall::test;

namespace {

// User and system time of a process in milliseconds.
long cpu_ms(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream rest(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  long user = 0, system = 0;
  rest >> user >> system;
  return (user + system) * 1000 / ::sysconf(_SC_CLK_TCK);
}

long zombies_below(int pid) {
  long count = 0;
  for (const ProcessInfo& info : descendants(pid)) count += info.living() ? 0 : 1;
  return count;
}

}  // namespace

TEST_CASE("a burst of 10,000 orphans leaves none, as PID 1 and as a subreaper (P20)") {
  const Words child = tiny({"orphans", "10000"});
  for (const bool pid1 : {false, true}) {
    if (pid1 && not_root()) return;
    CAPTURE(pid1);
    LastcallRun run(pid1 ? as_pid1(init(child)) : init(child));
    SHOW_LOG(run);
    const auto line = run.process().wait_line("^unreaped", 60s);
    REQUIRE(line);
    CHECK(*line == "unreaped 0");
    CHECK_EXIT(run, 0);
  }
}

TEST_CASE("while thousands of orphans end, a signal still reaches the child at once: passes are capped (P20)") {
  LastcallRun run(init(shell("trap 'echo told' USR1; echo ready; i=0; while [ $i -lt 1500 ]; do (: &); i=$((i+1)); done; echo over; "
                             "while :; do sleep 0.05; done")));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  const auto start = Clock::now();
  run.process().signal(SIGUSR1);
  CHECK(run.process().wait_line("^told$"));
  CHECK(elapsed_since(start) < 1000ms);
  CHECK(run.process().wait_line("^over$", 60s));
  CHECK(comes_true([&] { return zombies_below(run.supervisor_pid()) == 0; }, 2s));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("an orphan's end is not taken for the child's (P17, P19)") {
  LastcallRun run(init(shell("(exec sh -c 'exit 7') & (sh -c '(exit 8) &') ; wait; sleep 0.2; exit 3")));
  SHOW_LOG(run);
  CHECK_EXIT(run, 3);
  CHECK(run.events("child_exited").size() == 1);
}

TEST_CASE("the end of the child's first thread is not its end while others run (P21)") {
  LastcallRun run(init(spawn_child({"leader-exits"})));
  SHOW_LOG(run);
  const auto start = Clock::now();
  REQUIRE(run.process().wait_line("^leaving$"));
  CHECK_EXIT(run, 7);
  CHECK(elapsed_since(start) >= 350ms);
}

TEST_CASE("a child that is stopped and continued neither ends nor spins lastcall (P22)") {
  LastcallRun run(init(spawn_child({"stop-and-go"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^over$"));
  CHECK(cpu_ms(run.supervisor_pid()) < 150);  // it took 200 ms and 40 changes of state
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a child under a debugger neither ends nor spins lastcall (P23)") {
  LastcallRun run(init(spawn_child({"traced"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^over$"));
  CHECK(cpu_ms(run.supervisor_pid()) < 150);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a process that somebody brought into the container from outside is reaped when its parent has gone (P26)") {
  if (not_root()) return;
  LastcallRun run(as_pid1(init(tiny({"wait"}))));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  const std::string pid = std::to_string(run.supervisor_pid());
  Process visitor({.argv = {"nsenter", "-t", pid, "-p", "-m", "sh", "-c", "(sh -c 'echo inside; sleep 0.3; echo gone' &)"}});
  REQUIRE(visitor.wait_line("^inside$"));
  REQUIRE(visitor.wait_exit());
  REQUIRE(visitor.wait_line("^gone$"));
  CHECK(comes_true([&] { return descendants(run.supervisor_pid()).size() == 1; }, 5s));  // the child; zombies count as well
  run.stop();
  CHECK_EXIT(run, 0);
}
