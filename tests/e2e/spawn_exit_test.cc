// The exit code, row by row of the table in `lastcall --help` (decision 7), by real processes.
#include <csignal>
#include <cstdlib>
#include <sys/resource.h>
#include <unistd.h>

#include "spawn_init.h"

using namespace lastcall::test;

TEST_CASE("N: each of the 256 codes of the child is lastcall's (P1)") {
  for (int code = 0; code < 256; ++code) {
    CAPTURE(code);
    CHECK(exit_code_of(init(tiny({"exit", std::to_string(code)}))) == code);
  }
}

TEST_CASE("128+N: each signal that can end the child, real-time ones and core dumps too (P2, P3)") {
  const auto ends_a_process = [](int number) {
    for (const int other : {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH, 32, 33})
      if (number == other) return false;
    return true;
  };
  for (int number = 1; number <= 64; ++number) {
    if (!ends_a_process(number)) continue;
    CAPTURE(number);
    CHECK(exit_code_of(init(tiny({"die", std::to_string(number)}))) == 128 + number);
  }
}

TEST_CASE("0: asked to stop, and the child ends by the signal, with 0, or with a code that stands for the signal (P11)") {
  for (const Words& child : {tiny({"wait"}), tiny_server({"--no-listen", "--exit-on-term", "0"}),
                             tiny_server({"--no-listen", "--exit-on-term", "143"})}) {
    LastcallRun run(init(child));
    SHOW_LOG(run);
    REQUIRE(run.process().wait_line("^(waiting|not listening)$"));
    run.stop();
    CHECK_EXIT(run, 0);
  }
}

TEST_CASE("the child's own code: asked to stop, it fails on its way out (P12)") {
  LastcallRun run(init(tiny_server({"--no-listen", "--exit-on-term", "9"})));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^not listening$"));
  run.stop();
  CHECK_EXIT(run, 9);
}

TEST_CASE("137: the child had to be killed (P12, P69)") {
  LastcallRun run(init(tiny_server({"--no-listen", "--ignore-term"}), {}, "1s"));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^not listening$"));
  run.stop();
  CHECK_EXIT(run, 137);
}

TEST_CASE("1: asked to stop, the child ended well, but a request was dropped at the deadline (P12)") {
  LastcallRun run({.child = tiny_server(), .grace = "4s"});  // a machine that stands still for half a second must not kill the child
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=60000"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK_EXIT(run, 1);
}

TEST_CASE("64 and 78: a mistake on the command line, in the configuration") {
  CHECK(exit_code_of(init(tiny({"exit", "0"}), {"--no-such-option"})) == 64);
  CHECK(exit_code_of(init({})) == 64);
  TempDir directory;
  CHECK(exit_code_of(init(tiny({"exit", "0"}), {"--config", directory.write("bad.yaml", "grace: [1, 2]\n")})) == 78);
  CHECK(exit_code_of(init(tiny({"exit", "0"}), {"--env-files", "/no/such/file"})) == 78);
}

TEST_CASE("69: the address to listen on is taken") {
  LastcallRun first({.child = tiny_server()});
  REQUIRE(first.wait_ready());
  RunOptions options{.flags = {"--listen", "127.0.0.1:" + std::to_string(first.port())}, .child = tiny_server(), .listen = false};
  CHECK(exit_code_of(options) == 69);
  first.stop();
  CHECK_EXIT(first, 0);
}

TEST_CASE("71: the kernel refuses the fork; never 0 (P8)") {
  if (not_root()) return;
  RunOptions options = init(tiny({"exit", "0"}));
  options.spawn.environment = kNoLeakCheck;
  options.spawn.before_exec = [] {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NPROC, &none);
    if (::setresgid(54321, 54321, 54321) != 0 || ::setresuid(54321, 54321, 54321) != 0) ::_exit(112);
  };
  LastcallRun run(options);
  SHOW_LOG(run);
  CHECK_EXIT(run, 71);
  CHECK(run.log().find("fork") != std::string::npos);
}

TEST_CASE("124: the child never became ready") {
  LastcallRun run({.flags = {"--ready-timeout", "300ms"}, .child = tiny_server({"--no-listen"})});
  SHOW_LOG(run);
  CHECK_EXIT(run, 124);
}

TEST_CASE("125: user, group, directory, limit, descriptor or capability of the child: in one line that names it (P9)") {
  struct Case {
    Words flags;
    std::string named;
  };
  std::vector<Case> cases{{{"--user", "nobody-here"}, "nobody-here"},
                          {{"--user", "root:nogroup-here"}, "nogroup-here"},
                          {{"--dir", "/no/such/directory"}, "/no/such/directory"},
                          {{"--descriptors", "77"}, "descriptor 77"}};
  if (is_root()) cases.push_back({{"--groups", "nogroup-here"}, "nogroup-here"});
  for (const Case& each : cases) {
    CAPTURE(each.named);
    LastcallRun run(init(tiny({"exit", "0"}), each.flags));
    SHOW_LOG(run);
    CHECK_EXIT(run, 125);
    CHECK(run.log().find(each.named) != std::string::npos);
  }
  if (not_root()) return;
  for (const Case& each : std::vector<Case>{{{"--user", "daemon"}, "user 1"},
                                            {{"--groups", "daemon"}, "groups"},
                                            {{"--nice", "-5"}, "niceness"},
                                            {{"--limits", "core=unlimited"}, "core"},
                                            {{"--oom-score-adj", "-500"}, "oom_score_adj"},
                                            {{"--capabilities", "none"}, "capabilities"}}) {
    CAPTURE(each.named);
    RunOptions options = init(tiny({"exit", "0"}), each.flags);
    options.spawn.before_exec = [] {
      const rlimit none{0, 0};
      ::setrlimit(RLIMIT_CORE, &none);
      if (::setresgid(54321, 54321, 54321) != 0 || ::setresuid(54321, 54321, 54321) != 0) ::_exit(112);
    };
    LastcallRun run(options);
    SHOW_LOG(run);
    CHECK_EXIT(run, 125);
    CHECK(run.log().find(each.named) != std::string::npos);
  }
}

TEST_CASE("126 and 127: not executable, not found (P4, P5, P6)") {
  TempDir directory;
  CHECK(exit_code_of(init({directory.write("plain", "#!/bin/sh\n")})) == 126);
  CHECK(exit_code_of(init({directory.path()})) == 126);
  CHECK(exit_code_of(init({"no-such-command"})) == 127);
  CHECK(exit_code_of(init({directory.path("plain") + "/below"})) == 127);
  std::filesystem::create_symlink("loop", directory.path("loop"));
  CHECK(exit_code_of(init({directory.path("loop")})) == 127);
}

TEST_CASE("any: exit_codes replaces only the listed codes, after everything else (P10)") {
  const Words flags{"--exit-codes", "143=0", "--exit-codes", "7=70", "--exit-codes", "137=75", "--exit-codes", "127=3"};
  CHECK(exit_code_of(init(tiny({"exit", "143"}), flags)) == 0);
  CHECK(exit_code_of(init(tiny({"die", "15"}), flags)) == 0);
  CHECK(exit_code_of(init(tiny({"exit", "7"}), flags)) == 70);
  CHECK(exit_code_of(init(tiny({"exit", "70"}), flags)) == 70);
  CHECK(exit_code_of(init(tiny({"exit", "8"}), flags)) == 8);
  CHECK(exit_code_of(init({"no-such-command"}, flags)) == 3);
  LastcallRun run(init(tiny_server({"--no-listen", "--ignore-term"}), flags, "400ms"));
  REQUIRE(run.process().wait_line("^not listening$"));
  run.stop();
  CHECK_EXIT(run, 75);
}

TEST_CASE("an exit code is not lost among a hundred orphans that end at the same moment (P13)") {
  const std::string program = "i=0; while [ $i -lt 100 ]; do (sleep 0.2 &) ; i=$((i+1)); done; sleep 0.2; exit 42";
  CHECK(exit_code_of(init(shell(program))) == 42);
}

TEST_CASE("SIGCHLD ignored by the parent, and every signal blocked by it, change no exit code (P14, P15)") {
  RunOptions options = init(tiny({"exit", "9"}));
  options.spawn.before_exec = [] {
    ::signal(SIGCHLD, SIG_IGN);
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
  };
  CHECK(exit_code_of(options) == 9);
}

TEST_CASE("three lastcalls in each other pass a stop through, and the innermost code comes out (P16)") {
  Words nested{lastcall_binary(), "--no-proxy", "--grace", "4s", "--", lastcall_binary(), "--no-proxy", "--grace", "3s", "--"};
  for (const std::string& word : tiny_server({"--no-listen", "--exit-on-term", "33"})) nested.push_back(word);
  LastcallRun run(init(nested));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^not listening$"));
  run.stop();
  CHECK_EXIT(run, 33);
}

TEST_CASE("70: the workers keep crashing; ten deaths in a minute are enough (full tier: the pauses between them add up)") {
  if (std::getenv("LASTCALL_FULL") == nullptr) return;
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  for (int i = 0; i < 10; ++i) {
    const auto started = run.wait_event("worker_started", 30s, i);
    REQUIRE(started);
    ::kill(static_cast<int>(started->number("worker_pid")), SIGKILL);
  }
  CHECK_EXIT(run, 70);
}
