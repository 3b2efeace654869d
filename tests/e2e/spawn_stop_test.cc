// Stopping (P41 to P44, P69 to P72, P78): in steps, stopped and frozen children, whole families, what holds the output.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "spawn_init.h"

using namespace lastcall::test;

namespace {

// A cgroup of the version 1 freezer: what is in it when it freezes can't even be killed, as a process in D state.
class Freezer {
 public:
  Freezer() : path_("/sys/fs/cgroup/freezer/lastcall-test-" + std::to_string(::getpid())) { made_ = ::mkdir(path_.c_str(), 0755) == 0; }
  ~Freezer() {
    thaw();
    comes_true([this] { return ::rmdir(path_.c_str()) == 0 || errno != EBUSY; }, 5s);
  }
  bool made() const { return made_; }
  void freeze(int pid) const {
    write("cgroup.procs", std::to_string(pid));
    write("freezer.state", "FROZEN");
    comes_true([this] { return read_file(path_ + "/freezer.state") == "FROZEN\n"; }, 5s);
  }
  void thaw() const { write("freezer.state", "THAWED"); }

 private:
  void write(const char* file, const std::string& text) const { std::ofstream(path_ + "/" + file) << text; }
  std::string path_;
  bool made_ = false;
};

}  // namespace

TEST_CASE("a stop in steps: INT, and TERM when INT's time is over; the child that heeds the second ends well") {
  LastcallRun run(init(shell("trap 'echo int' INT; trap 'echo term; exit 0' TERM; echo ready; while :; do sleep 0.02; done"),
                       {"--stop-steps", "INT 300ms", "--stop-steps", "TERM 5s"}, "10s"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  run.stop();
  REQUIRE(run.process().wait_line("^int$"));
  CHECK(run.since_stop() < 250ms);
  REQUIRE(run.process().wait_line("^term$"));
  CHECK(run.since_stop() >= 300ms);
  CHECK_EXIT(run, 0);
  CHECK(run.events("child_signalled").size() == 2);
}

TEST_CASE("after the last step's time the child is killed, however long the grace") {
  LastcallRun run(init(spawn_child({"stages"}), {"--stop-steps", "INT 200ms", "--stop-steps", "TERM 300ms"}, "30s"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  run.stop();
  CHECK_EXIT(run, 137);
  CHECK(run.since_stop() >= 500ms);
  CHECK(run.since_stop() < 1500ms);
  CHECK(count_lines(run.process(), "signal 2") == 1);
  CHECK(count_lines(run.process(), "signal 15") == 1);
}

TEST_CASE("a child that heeds the first step never gets the second, and its descendants get TERM at once (P71)") {
  LastcallRun run(init(shell("trap 'exit 0' INT; trap 'echo main-term' TERM; (trap 'echo child-term; exit 0' TERM; trap '' INT; "
                             "echo ready; while :; do sleep 0.02; done) & while :; do sleep 0.02; done"),
                       {"--stop-steps", "INT 5s", "--stop-steps", "TERM 5s"}, "20s"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 2000ms);
  CHECK(count_lines(run.process(), "main-term") == 0);
  CHECK(count_lines(run.process(), "child-term") == 1);
}

TEST_CASE("a file says `stop: [INT 200ms, TERM 5s]`, and with a proxy the steps follow the drain") {
  TempDir directory;
  const std::string file = directory.write("steps.yaml", "stop: [INT 200ms, TERM 5s]\n");
  LastcallRun run({.flags = {"--config", file}, .child = tiny_server({"--log-term"}), .grace = "8s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=500"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK(client.read_response().response.status == 200);  // INT would end the child: it came after the answer
  CHECK_EXIT(run, 0);
  CHECK(run.events("child_signalled").size() == 1);
}

TEST_CASE("a child that is stopped by SIGSTOP or by Ctrl-Z's signal dies at the stop (P43)") {
  for (const int number : {SIGSTOP, SIGTSTP}) {
    CAPTURE(number);
    LastcallRun run(init(tiny({"wait"})));
    SHOW_LOG(run);
    REQUIRE(run.process().wait_line("^waiting$"));
    const std::vector<int> child = run.child_pids();
    REQUIRE(child.size() == 1);
    ::kill(child.front(), number);
    REQUIRE(comes_true([&] { return process_status(child.front(), "State").starts_with("T"); }));
    run.stop();
    CHECK_EXIT(run, 0);
    CHECK(run.since_stop() < 1000ms);
  }
}

TEST_CASE("a stopped descendant dies as well: it is told to go on after its TERM (P43, P71)") {
  LastcallRun run(init(shell("trap 'exit 0' TERM; sh -c 'echo below; kill -STOP $$' & while :; do sleep 0.02; done")));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^below$"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 1000ms);
}

TEST_CASE("a frozen child can't be killed: the deadline holds all the same, and the log names it and its state (P44)") {
  if (not_root()) return;
  Freezer freezer;
  if (!freezer.made()) {
    MESSAGE("skipped: no cgroup of version 1 with a freezer here");
    return;
  }
  LastcallRun run(init(tiny({"wait"}), {}, "1s"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  const std::vector<int> child = run.child_pids();
  REQUIRE(child.size() == 1);
  freezer.freeze(child.front());
  run.stop();
  CHECK(run.wait_exit() == ExitStatus{false, 137});
  CHECK(run.since_stop() <= 1100ms + kLeakCheck);
  const auto told = run.wait_event("could_not_kill");
  REQUIRE(told);
  CHECK(told->number("pid") == child.front());
  CHECK(told->text("state") == "D");
  freezer.thaw();
  CHECK(wait_until_gone(child, Deadline::in(5s)));  // its SIGKILL has waited for it
}

TEST_CASE("the kill comes at its deadline, not earlier and not later than 50 ms after it (P69)") {
  for (int i = 0; i < 3; ++i) {
    LastcallRun run(init(tiny_server({"--no-listen", "--ignore-term"}), {}, "2s"));
    SHOW_LOG(run);
    REQUIRE(run.process().wait_line("^not listening$"));
    run.stop();
    const auto killed = run.wait_event("child_killed");
    REQUIRE(killed);
    // 2 s less the margin and what reaping may take: 5 % each (decision 4).
    CHECK(killed->number("t0_ms") >= 1800);
    CHECK(killed->number("t0_ms") <= 1850);
    CHECK_EXIT(run, 137);
  }
}

TEST_CASE("a family over three sessions whose youngest forks on and on is killed to the last one (P70, G133)") {
  for (const bool pid1 : {false, true}) {
    if (pid1 && not_root()) return;
    CAPTURE(pid1);
    const RunOptions options = init(spawn_child({"family"}), {}, "800ms");
    LastcallRun run(pid1 ? as_pid1(options) : options);
    SHOW_LOG(run);
    REQUIRE(run.process().wait_line("^family$"));
    REQUIRE(comes_true([&] { return descendants(run.supervisor_pid()).size() > 10; }));
    run.stop();
    CHECK_EXIT(run, 137);
    CHECK(run.since_stop() <= 1000ms + kLeakCheck);
  }
}

TEST_CASE("a grandchild that holds the output open and won't go does not keep lastcall beyond the grace (P72)") {
  LastcallRun run(init(spawn_child({"hold-output"}), {}, "1s"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^holding$"));
  const auto start = Clock::now();
  CHECK_EXIT(run, 4);
  CHECK(elapsed_since(start) < 1500ms);
}

TEST_CASE("kill -9 of lastcall takes the child along, which is what parent_death_signal is for; none leaves it alone (P41)") {
  for (const bool dies : {true, false}) {
    CAPTURE(dies);
    LastcallRun run(init(tiny({"wait"}), dies ? Words{} : Words{"--parent-death-signal", "none"}));
    REQUIRE(run.process().wait_line("^waiting$"));
    const std::vector<int> child = run.child_pids();
    REQUIRE(child.size() == 1);
    run.process().signal(SIGKILL);
    REQUIRE(run.wait_exit());
    CHECK(wait_until_gone(child, Deadline::in(dies ? Milliseconds(5s) : Milliseconds(300ms))) == dies);
    if (!dies) ::kill(child.front(), SIGKILL);
  }
}

TEST_CASE("grace 0 kills at once; infinity waits as long as the child does (P78)") {
  LastcallRun at_once(init(spawn_child({"stages"}), {}, "0"));
  REQUIRE(at_once.process().wait_line("^ready$"));
  at_once.stop();
  CHECK_EXIT(at_once, 137);
  CHECK(at_once.since_stop() < 500ms);
  LastcallRun patient(init(shell("trap 'sleep 0.7; exit 0' TERM; echo ready; while :; do sleep 0.02; done"), {}, "infinity"));
  REQUIRE(patient.process().wait_line("^ready$"));
  patient.stop();
  CHECK_EXIT(patient, 0);
  CHECK(patient.since_stop() >= 700ms);
}

TEST_CASE("a stop sent by timeout(1), to lastcall's whole group, or to it alone ends the same way (P77)") {
  LastcallRun alone(init(spawn_child({"signals"})));
  REQUIRE(alone.process().wait_line("^ready$"));
  alone.stop();
  CHECK_EXIT(alone, 0);
  LastcallRun group(init(spawn_child({"signals"})));
  REQUIRE(group.process().wait_line("^ready$"));
  ::kill(-group.process().pid(), SIGTERM);
  CHECK_EXIT(group, 0);
  Words words{"timeout", "0.5", lastcall_binary(), "--no-proxy", "--"};
  for (const std::string& word : spawn_child({"signals"})) words.push_back(word);
  Process timeout({.argv = words});
  CHECK(timeout.wait_exit() == ExitStatus{false, 124});  // timeout's own way of saying that it had to
  for (const Process* process : {&alone.process(), &group.process(), &timeout})
    CHECK(count_lines(*process, "signal 15 value -1") == 1);
}
