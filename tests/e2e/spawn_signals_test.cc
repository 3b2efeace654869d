// Signals (P27 to P40, P87): which reach the child, how often, with what; which stop; what the user may make of them.
#include <fcntl.h>

#include <csignal>
#include <map>
#include <unistd.h>

#include "spawn_init.h"

using namespace lastcall::test;

namespace {

std::string heard(int number, int value = -1) { return "signal " + std::to_string(number) + " value " + std::to_string(value); }

// The names of those that nobody can rule, and those that job control needs.
bool forwardable(int number) {
  for (const int other : {SIGKILL, SIGSTOP, SIGCHLD, SIGPIPE, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, 32, 33, SIGTERM})
    if (number == other) return false;
  return true;
}

}  // namespace

TEST_CASE("by default exactly HUP, USR1, USR2, WINCH and the real-time signals are forwarded, each once (P31, P35, decision 5)") {
  LastcallRun run(init(spawn_child({"signals"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  const auto by_default = [](int number) {
    return number == SIGHUP || number == SIGUSR1 || number == SIGUSR2 || number == SIGWINCH || number >= SIGRTMIN;
  };
  for (int number = 1; number <= SIGRTMAX; ++number)
    if (by_default(number)) run.process().signal(number);
  for (const int nothing : {SIGALRM, SIGVTALRM, SIGPROF, SIGURG, SIGIO, SIGPWR, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGPIPE, SIGTTIN, SIGTTOU})
    run.process().signal(nothing);
  REQUIRE(run.process().wait_line("^" + heard(SIGRTMAX) + "$"));
  run.stop();
  CHECK_EXIT(run, 0);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    CAPTURE(number);
    if (number != SIGTERM && number != SIGCONT) CHECK(count_lines(run.process(), heard(number)) == (by_default(number) ? 1 : 0));
  }
}

TEST_CASE("every signal that can be caught is forwarded once where the user says so (P31, P36)") {
  Words flags;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (!forwardable(number)) continue;
    flags.insert(flags.end(), {"--signals", std::to_string(number) + "=forward"});
  }
  LastcallRun run(init(spawn_child({"signals"}), flags));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (!forwardable(number)) continue;
    CAPTURE(number);
    run.process().signal(number);
    CHECK(run.process().wait_line("^" + heard(number) + "$", 5s));
    CHECK(count_lines(run.process(), heard(number)) == 1);
  }
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("ten queued real-time signals arrive as ten, in order and each with its payload (P32)") {
  LastcallRun run(init(spawn_child({"signals"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  run.process().signal(SIGSTOP);  // so that all of them are queued at once
  for (int value = 1000; value < 1010; ++value) REQUIRE(::sigqueue(run.supervisor_pid(), SIGRTMIN + 1, {.sival_int = value}) == 0);
  run.process().signal(SIGCONT);
  REQUIRE(run.process().wait_line("value 1009$"));
  Words got;
  for (const std::string& line : run.process().out().all())
    if (line.find("value 10") != std::string::npos) got.push_back(line);
  Words wanted;
  for (int value = 1000; value < 1010; ++value) wanted.push_back(heard(SIGRTMIN + 1, value));
  CHECK(got == wanted);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a user signal's payload goes along as well (P32)") {
  LastcallRun run(init(spawn_child({"signals"})));
  REQUIRE(run.process().wait_line("^ready$"));
  REQUIRE(::sigqueue(run.supervisor_pid(), SIGUSR1, {.sival_int = 77}) == 0);
  CHECK(run.process().wait_line("^" + heard(SIGUSR1, 77) + "$"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("twenty TERMs are one stop: the child hears one (P33, G124)") {
  LastcallRun run(init(spawn_child({"stages"}), {}, "1500ms"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  run.stop();
  for (int i = 1; i < 20; ++i) {
    run.process().signal(SIGTERM);
    run.process().signal(i % 2 == 0 ? SIGINT : SIGQUIT);
  }
  CHECK_EXIT(run, 137);
  CHECK(count_lines(run.process(), "signal 15") == 1);
  CHECK(count_lines(run.process(), "signal 2") == 0);
  CHECK(run.since_stop() >= 1000ms);  // and nothing came sooner (P34: no escalation by scripts)
}

TEST_CASE("whichever signal asks for the stop, the child gets its own stop signal (P37, G127)") {
  for (const int number : {SIGTERM, SIGINT, SIGQUIT}) {
    CAPTURE(number);
    LastcallRun run(init(spawn_child({"stages"}), {"--stop-signal", "USR1"}, "400ms"));
    REQUIRE(run.process().wait_line("^ready$"));
    run.stop(number);
    CHECK_EXIT(run, 137);
    CHECK(count_lines(run.process(), "signal 10") == 1);
    CHECK(count_lines(run.process(), "signal " + std::to_string(number)) == 0);
  }
}

TEST_CASE("a rewritten signal reaches the child as the other one, by name and by number, and 0 drops it (P36)") {
  const Words flags{"--signals", "TERM=USR1", "--signals", "2=QUIT", "--signals", "HUP=0", "--signals", "USR2=ignore"};
  LastcallRun run(init(spawn_child({"stages"}), flags));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^ready$"));
  for (const int number : {SIGHUP, SIGUSR2, SIGTERM, SIGINT}) run.process().signal(number);
  CHECK(run.process().wait_line("^signal 10$"));
  CHECK(run.process().wait_line("^signal 3$"));
  CHECK(count_lines(run.process(), "signal 15") == 0);
  CHECK(run.events("stop_requested").empty());
  run.stop(SIGQUIT);  // the one that was left alone
  CHECK(run.process().wait_line("^signal 15$"));
  run.process().signal(SIGKILL);
}

TEST_CASE("USR1 may mean a stop, and a configuration file says the same as flags (P36)") {
  TempDir directory;
  const std::string file = directory.write("rules.yaml", "no_proxy: true\nsignals: {USR1: stop, HUP: ignore}\n");
  LastcallRun run(init(tiny({"wait"}), {"--config", file}));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  run.process().signal(SIGHUP);
  run.stop(SIGUSR1);
  CHECK_EXIT(run, 0);
  CHECK(run.wait_event("stop_requested")->text("signal") == "SIGUSR1");
}

TEST_CASE("what is not possible yet, and what nobody can rule, is refused with the reason (P36)") {
  for (const auto& [rule, why] : std::map<std::string, std::string>{{"HUP=reload", "not possible yet"}, {"KILL=ignore", "kernel"}}) {
    LastcallRun run(init(tiny({"exit", "0"}), {"--signals", rule}));
    CHECK(run.wait_exit() == ExitStatus{false, 64});
    CHECK(run.log().find(why) != std::string::npos);
  }
}

TEST_CASE("--help-signals shows what is in effect, and starts nothing") {
  LastcallRun run({.flags = {"--no-proxy", "--signals", "HUP=ignore", "--signals", "TERM=QUIT", "--stop-steps", "INT 2s", "--stop-steps",
                             "TERM", "--help-signals"},
                   .listen = false});
  CHECK_EXIT(run, 0);
  const std::string text = run.process().out().text();
  INFO(text);
  for (const char* part : {"HUP        nothing  (by signals:)", "TERM       the command gets QUIT instead  (by signals:)",
                           "USR1       the command gets it\n", "INT        the ordered stop; typed again", "sends INT for 2s, then TERM to"})
    CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("a crash of lastcall, or a SEGV from outside, ends it by that signal and takes the child along (P39, P40, P41)") {
  for (const int number : {SIGSEGV, SIGABRT, SIGILL, SIGSYS}) {
    CAPTURE(number);
    RunOptions options = init(tiny({"wait"}));
    options.spawn.environment = {{"ASAN_OPTIONS", "handle_segv=0"}};  // the sanitizers' own handler ends with an exit code
    LastcallRun run(options);
    REQUIRE(run.process().wait_line("^waiting$"));
    const std::vector<int> child = run.child_pids();
    run.process().signal(number);
    const auto status = run.wait_exit();
    CHECK(status == ExitStatus{true, number});
    CHECK(wait_until_gone(child, Deadline::in(5s)));
  }
}

TEST_CASE("standard error without a reader ends nothing: PIPE is survived and the child has its default action (P38)") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  RunOptions options = init(spawn_child({"signals"}), {"--log-level", "debug"});
  const int writing = ends[1];
  options.spawn.before_exec = [writing] { ::dup2(writing, 2); };
  LastcallRun run(options);
  ::close(ends[1]);
  ::close(ends[0]);  // from here on every line of the log is EPIPE
  REQUIRE(run.process().wait_line("^ready$"));
  run.process().signal(SIGHUP);
  CHECK(run.process().wait_line("^" + heard(SIGHUP) + "$"));
  run.process().signal(SIGPIPE);
  run.process().signal(SIGUSR1);
  CHECK(run.process().wait_line("^" + heard(SIGUSR1) + "$"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("under nohup the child stays deaf to HUP and lastcall does not stop for it (P46, G40)") {
  RunOptions options = init(shell("echo ready; kill -HUP $$; echo survived; while :; do sleep 0.05; done"));
  options.spawn.before_exec = [] { ::signal(SIGHUP, SIG_IGN); };
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^survived$"));
  run.process().signal(SIGHUP);
  run.process().signal(SIGUSR2);  // ends the child: the HUP before it did not
  const auto status = run.wait_exit();
  CHECK(status == ExitStatus{false, 128 + SIGUSR2});
  CHECK(run.events("stop_requested").empty());
}
