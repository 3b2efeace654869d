// `--no-proxy`: lastcall as an init. Exit codes, signals and what is left, as docs/rules/pid1.md states them; inheritance is in
// inherit_test.cc.
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

#include "e2e.h"

using namespace lastcall::test;

namespace {

RunOptions init(const Words& child, const std::string& grace = "5s") {
  return {.flags = {"--no-proxy"}, .child = child, .grace = grace, .listen = false};
}

RunOptions init_as_pid1(const Words& child, const std::string& grace = "5s") {
  RunOptions options = init(child, grace);
  options.spawn.pid_namespace = true;
  return options;
}

int exit_code_of(const Words& child) {
  LastcallRun run(init(child));
  const auto status = run.wait_exit();
  return status && !status->by_signal ? status->value : -1;
}

void block_term_and_raise() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  ::raise(SIGTERM);
}

// Where the namespace can't be made, the test says so and is not counted as passed by accident.
bool no_namespaces() {
  if (is_root()) return false;
  MESSAGE("skipped: a pid namespace needs root");
  return true;
}

}  // namespace

TEST_CASE("the child's exit code is lastcall's (P1)") {
  for (const int code : {0, 1, 2, 7, 64, 125, 126, 127, 128, 137, 143, 255}) {
    CAPTURE(code);
    CHECK(exit_code_of(tiny({"exit", std::to_string(code)})) == code);
  }
}

TEST_CASE("death by signal n is 128+n, core dumps and real-time signals too (P2, P3)") {
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGKILL, SIGUSR1, SIGSEGV, SIGPIPE, SIGTERM, 34, 64}) {
    CAPTURE(number);
    CHECK(exit_code_of(tiny({"die", std::to_string(number)})) == 128 + number);
  }
}

TEST_CASE("a command that is not there is 127, in one line that names it (P4)") {
  for (const std::string name : {"/no/such/command", "no-such-command-in-path"}) {
    LastcallRun run(init({name}));
    SHOW_LOG(run);
    CHECK_EXIT(run, 127);
    CHECK(run.log().find(name) != std::string::npos);
  }
}

TEST_CASE("what is there but can't be run is 126 (P5)") {
  TempDir directory;
  const std::string file = directory.write("not-executable", "#!/bin/sh\nexit 0\n");
  CHECK(exit_code_of({file}) == 126);
  CHECK(exit_code_of({directory.path()}) == 126);
}

TEST_CASE("a path through a file, and one too long, are 127 (P6)") {
  TempDir directory;
  const std::string file = directory.write("file", "");
  CHECK(exit_code_of({file + "/below"}) == 127);
  CHECK(exit_code_of({"/" + std::string(5000, 'n')}) == 127);
}

TEST_CASE("a script whose interpreter is missing is 127, and the message names the interpreter (P7)") {
  TempDir directory;
  const std::string script = directory.write("script", "#!/no/such/interpreter\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  LastcallRun run(init({script}));
  SHOW_LOG(run);
  CHECK_EXIT(run, 127);
  CHECK(run.log().find("/no/such/interpreter") != std::string::npos);
}

TEST_CASE("asked to stop, a child that dies of the stop signal is a clean end: 0 (P11, decision 7)") {
  LastcallRun run(init(tiny({"wait"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("SIGCHLD ignored by inheritance loses no exit code and hangs nothing (P14, G131)") {
  RunOptions options = init(tiny({"exit", "9"}));
  options.spawn.before_exec = [] { ::signal(SIGCHLD, SIG_IGN); };
  LastcallRun run(options);
  SHOW_LOG(run);
  CHECK_EXIT(run, 9);
}

TEST_CASE("every signal blocked by the parent: works all the same (P15)") {
  RunOptions options = init(tiny({"wait"}));
  options.spawn.before_exec = [] {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
  };
  options.grace = "1s";
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  run.stop();
  CHECK_EXIT(run, 137);  // the child inherits the mask (P45): TERM does not reach it, KILL does
}

TEST_CASE("lastcall in lastcall in lastcall passes the code and the stop through (P16)") {
  Words nested{lastcall_binary(), "--no-proxy", "--", lastcall_binary(), "--no-proxy", "--"};
  for (const std::string& word : tiny({"exit", "23"})) nested.push_back(word);
  CHECK(exit_code_of(nested) == 23);
}

TEST_CASE("a TERM that was pending before main() is honoured: no child is left running (P27, P29)") {
  RunOptions options = init(tiny({"wait"}));
  options.spawn.before_exec = block_term_and_raise;
  LastcallRun run(options);
  SHOW_LOG(run);
  CHECK(run.wait_exit().has_value());
  CHECK(leftovers().empty());
}

TEST_CASE("as PID 1, 40 orphans that end together are all reaped (P17, P20)") {
  if (no_namespaces()) return;
  LastcallRun run(init_as_pid1(tiny({"orphans", "40"})));
  SHOW_LOG(run);
  CHECK_EXIT(run, 0);
  CHECK(run.log().find("unreaped 0") != std::string::npos);
}

TEST_CASE("without being PID 1, lastcall adopts and reaps the orphans below it (P18, G44)") {
  LastcallRun adopted(init(tiny({"adopted"})));
  SHOW_LOG(adopted);
  const auto line = adopted.process().wait_line("^adopted by");
  REQUIRE(line);
  CHECK(line->find("adopted by " + std::to_string(adopted.process().pid()) + ",") == 0);
  CHECK_EXIT(adopted, 0);
  CHECK(exit_code_of(tiny({"orphans", "40"})) == 0);
}

TEST_CASE("the stop works as PID 1 as anywhere else (P27, G39)") {
  if (no_namespaces()) return;
  LastcallRun run(init_as_pid1(tiny({"wait"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("HUP, USR1, USR2, WINCH and real-time signals are forwarded once each and stop nothing (P31, P32, P35)") {
  LastcallRun run(init(tiny({"signals"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  for (const int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGRTMIN, SIGRTMIN + 1}) {
    CAPTURE(number);
    const std::string line = "^signal " + std::to_string(number) + "$";
    run.process().signal(number);
    CHECK(run.process().wait_line(line).has_value());
  }
  run.stop();
  CHECK_EXIT(run, 0);
  int seen = 0;
  for (const std::string& line : run.process().out().all()) seen += line == "signal 1" ? 1 : 0;
  CHECK(seen == 1);
}

TEST_CASE("a stopped child still stops: CONT follows the signal (P43)") {
  LastcallRun run(init(tiny_server({"--no-listen", "--stop-self"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^stopped$"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 2000ms);
}

TEST_CASE("a child that ignores TERM is killed within the grace (P69)") {
  LastcallRun run(init(tiny_server({"--no-listen", "--ignore-term"}), "2s"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^not listening$"));
  run.stop();
  CHECK_EXIT(run, 137);
  CHECK(run.since_stop() <= 2000ms + kLeakCheck);
}

TEST_CASE("the kill reaches a stray in a session of its own (P70, G133)") {
  for (const bool pid1 : {false, true}) {
    if (pid1 && no_namespaces()) return;
    CAPTURE(pid1);
    const Words child = tiny_server({"--no-listen", "--ignore-term", "--stray", "stubborn"});
    LastcallRun run(pid1 ? init_as_pid1(child, "1s") : init(child, "1s"));
    SHOW_LOG(run);
    REQUIRE(run.process().wait_line("^not listening$"));
    run.stop();
    CHECK_EXIT(run, 137);
  }
}

TEST_CASE("when the main child ends at a stop, what it left behind gets TERM, and is waited for (P71)") {
  LastcallRun run(init(tiny_server({"--no-listen", "--stray", "polite"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^not listening$"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.log().find("signal 15") != std::string::npos);  // said by the stray, which is the only one that talks
}

TEST_CASE("what the main child left behind and won't go is killed at the deadline (P71)") {
  LastcallRun run(init(tiny_server({"--no-listen", "--stray", "stubborn"}), "1s"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^not listening$"));
  run.stop();
  const auto status = run.wait_exit();
  CHECK(status.has_value());
  CHECK(run.since_stop() <= 2s + kLeakCheck);
  CHECK(leftovers().empty());
}

TEST_CASE("a main child that leaves by itself takes its strays with it, told politely first (P71)") {
  LastcallRun run(init(tiny({"leave", "polite", "5"})));
  SHOW_LOG(run);
  CHECK_EXIT(run, 5);
  CHECK(run.log().find("signal 15") != std::string::npos);
}

TEST_CASE("an idle init does not wake up (P89)") {
  LastcallRun run(init(tiny({"wait"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  const auto switches = [&] {
    return std::stol("0" + process_status(run.supervisor_pid(), "voluntary_ctxt_switches"));
  };
  run.wait_event("never", 500ms);  // start-up settles
  const long before = switches();
  run.wait_event("never", 2s);
  CHECK(switches() - before <= 2);
  run.stop();
  CHECK_EXIT(run, 0);
}
