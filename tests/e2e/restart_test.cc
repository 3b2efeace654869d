// The restart policy: what follows the end of a child, what its clients see meanwhile, and what a stop between two children does.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include <algorithm>

#include "e2e.h"
#include "support/pty.h"

using namespace lastcall::test;

namespace {

RunOptions alone(const Words& flags, const Words& child) {
  RunOptions options{.flags = {"--no-proxy", "--restart-delay", "10ms"}, .child = child, .listen = false};
  options.flags.insert(options.flags.end(), flags.begin(), flags.end());
  return options;
}

RunOptions behind_proxy(const std::string& delay, const Words& child) {
  return {.flags = {"--restart-policy", "on-failure", "--restart-delay", delay}, .child = child};
}

std::size_t starts(LastcallRun& run) { return run.events("child_started").size(); }

}  // namespace

TEST_CASE("a child that keeps failing is started up to the limit, then lastcall says so and ends with its code (P94)") {
  LastcallRun run(alone({"--restart-policy", "on-failure", "--restart-limit", "2"}, tiny({"exit", "3"})));
  SHOW_LOG(run);
  CHECK_EXIT(run, 3);
  CHECK(starts(run) == 3);
  CHECK(run.events("restarts_given_up").size() == 1);
  CHECK(run.events("child_survived").empty());
  CHECK(run.events("child_restarting").size() == 2);
}

TEST_CASE("always: a child that ends well is started again as well, and giving up is never 0 (P94)") {
  LastcallRun run(alone({"--restart-policy", "always", "--restart-limit", "1"}, tiny({"exit", "0"})));
  SHOW_LOG(run);
  CHECK_EXIT(run, 1);
  CHECK(starts(run) == 2);
}

TEST_CASE("on-failure: success, also by config, and codes that forbid it end lastcall with the child's code") {
  struct {
    Words flags;
    const char* code;
    int exit;
  } const cases[] = {{{}, "0", 0},
                     {{"--restart-success-codes", "7"}, "7", 7},
                     {{"--restart-stop-codes", "9"}, "9", 9}};
  for (const auto& each : cases) {
    Words flags{"--restart-policy", "on-failure"};
    flags.insert(flags.end(), each.flags.begin(), each.flags.end());
    LastcallRun run(alone(flags, tiny({"exit", each.code})));
    SHOW_LOG(run);
    CHECK_EXIT(run, each.exit);
    CHECK(starts(run) == 1);
  }
}

TEST_CASE("without a policy the first end is the last (decision 7)") {
  LastcallRun run(alone({}, tiny({"exit", "3"})));
  SHOW_LOG(run);
  CHECK_EXIT(run, 3);
  CHECK(starts(run) == 1);
}

TEST_CASE("a stop during the pause ends at once, starts nothing, and the crash before it is no verdict (P30)") {
  LastcallRun run({.flags = {"--no-proxy", "--restart-policy", "on-failure", "--restart-delay", "1h", "--restart-max-delay", "1h"},
                   .child = tiny({"exit", "3"}),
                   .listen = false});
  SHOW_LOG(run);
  REQUIRE(run.wait_event("child_restarting"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 1000ms);
  CHECK(starts(run) == 1);
  const auto report = run.wait_event("report");  // of the crashed one: it is not still there
  REQUIRE(report);
  CHECK(report->number("child_code") == 3);
}

TEST_CASE("what a dead child left behind is told to go before the next one starts, and a stubborn stray is killed (P71)") {
  const Words flags{"--restart-policy", "on-failure", "--restart-limit", "1", "--stop-timeout", "200ms"};
  LastcallRun run(alone(flags, tiny({"leave", "stubborn", "4"})));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("child_started", kPatience, 1));
  CHECK(run.events("child_killed").size() == 1);
  CHECK_EXIT(run, 4);
}

TEST_CASE("a next child that can't be run counts as a failure, and its code is the last word (P93)") {
  TempDir place;
  const std::string program = place.path() + "/once";
  {
    std::ofstream file(program);
    file << "#!/bin/sh\nrm \"$0\"\nexit 3\n";
  }
  REQUIRE(::chmod(program.c_str(), 0755) == 0);
  LastcallRun run(alone({"--restart-policy", "on-failure", "--restart-limit", "2"}, {program}));
  SHOW_LOG(run);
  CHECK_EXIT(run, 127);
  CHECK(starts(run) == 1);
  CHECK(run.events("child_not_started").size() == 2);
}

TEST_CASE("a child that is never ready is ended and started again, and 124 at the limit") {
  RunOptions options = behind_proxy("10ms", tiny({"wait"}));
  options.flags.insert(options.flags.end(), {"--restart-limit", "1", "--ready-timeout", "150ms"});
  LastcallRun run(options);
  SHOW_LOG(run);
  CHECK_EXIT(run, 124);
  CHECK(starts(run) == 2);
}

TEST_CASE("kill -9 of the child: who connects meanwhile waits and is served by the next one (G64)") {
  for (const Words& flags : {Words{}, Words{"--unix", "{socket}"}}) {
    LastcallRun run(behind_proxy("10ms", tiny_server(flags)));
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    const int worker = run.worker_pid();
    REQUIRE(run.child_pids().size() == 1);
    ::kill(run.child_pids().front(), SIGKILL);
    REQUIRE(run.wait_event("child_restarting"));
    CHECK(fetch(run.port(), "/").response.status == 200);
    REQUIRE(run.wait_event("ready_again"));
    CHECK(run.worker_pid() == worker);
    CHECK(starts(run) == 2);
    run.stop();
    CHECK_EXIT(run, 0);
  }
}

TEST_CASE("who has waited too long between two children gets 503 with Retry-After, and a stop leaves at once (G64, P30)") {
  RunOptions options = behind_proxy("1h", tiny_server());
  options.flags.insert(options.flags.end(), {"--restart-max-delay", "1h", "--start-wait", "100ms"});
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/"));
  REQUIRE(client.read_response().response.status == 200);
  ::kill(run.child_pids().front(), SIGKILL);
  REQUIRE(run.wait_event("child_restarting"));
  REQUIRE(client.send_request("GET", "/"));
  const Exchange answer = client.read_response();
  CHECK(answer.response.status == 503);
  CHECK(!answer.response.header("retry-after").empty());
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 1500ms + kLeakCheck);
}

TEST_CASE("a stop while the next child starts lets it answer who waits for it, for as long as start_wait, and starts no hook (G64)") {
  for (const bool comes_up : {true, false}) {
    CAPTURE(comes_up);
    TempDir directory;
    const std::string door = directory.path("door"), mark = directory.path("mark");
    REQUIRE(::mkfifo(door.c_str(), 0600) == 0);
    // The second one does not listen before the door opens.
    const std::string program = "[ ! -e " + mark + " ] || read line <" + door + "; : >" + mark + "; exec '" + tiny({}).front() + "' serve";
    RunOptions options = behind_proxy("10ms", {"/bin/sh", "-c", program});
    options.flags.insert(options.flags.end(), {"--start-wait", comes_up ? "10s" : "300ms", "--hooks", "started=echo hooked"});
    LastcallRun run(options);
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    HttpClient client(run.port());
    CHECK(client.request("GET", "/").response.status == 200);
    REQUIRE(run.process().wait_line("hooked"));
    ::kill(run.child_pids().front(), SIGKILL);
    REQUIRE(run.wait_event("child_started", kPatience, 1));
    REQUIRE(client.send_request("GET", "/"));
    run.stop();
    REQUIRE(run.wait_event("listener_closed"));
    const Fd key(::open(door.c_str(), O_RDWR | O_CLOEXEC));
    if (comes_up) REQUIRE(::write(key.get(), "come\n", 5) == 5);
    CHECK(client.read_response().response.status == (comes_up ? 200 : 503));
    CHECK_EXIT(run, 0);
    CHECK(run.events("ready_again").size() == (comes_up ? 1 : 0));
    CHECK_FALSE(run.process().wait_line("hooked", kPatience, 1).has_value());
  }
}

TEST_CASE("a command that can't be run at the very first start ends lastcall at once, whatever the policy: nothing would change by waiting (P93)") {
  TempDir directory;
  const std::string plain = directory.write("plain", "no program\n");
  const struct {
    Words command;
    int code;
  } cases[] = {{{"no-such-command"}, 127}, {{plain}, 126}};
  for (const auto& each : cases) {
    LastcallRun run(alone({"--restart-policy", "always", "--restart-delay", "1h", "--restart-max-delay", "1h"}, each.command));
    SHOW_LOG(run);
    CHECK_EXIT(run, each.code);
    CHECK(run.events("child_restarting").empty());
  }
}

TEST_CASE("a fixed port is the next child's at once, although connections to the last one are still in TIME_WAIT") {
  FreePort port;
  LastcallRun run({.flags = {"--restart-policy", "on-failure", "--restart-delay", "50ms", "--upstream", port.address()},
                   .child = tiny_server({"--port", std::to_string(port.number())})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<HttpClient>(run.port()));
    CHECK(clients.back()->request("GET", "/").response.status == 200);
  }
  ::kill(run.child_pids().front(), SIGKILL);  // it closes first: its side of the connections waits
  REQUIRE(run.wait_event("ready_again"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  CHECK(starts(run) == 2);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a leftover of the last child that holds the fixed port is gone before the next one binds it (P71)") {
  FreePort port;
  const std::string program = "import os, signal, socket, sys, time\n"
                              "s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
                              "print('bound', flush=True)\n"
                              "if os.fork() == 0:\n"
                              "  os.setsid(); signal.signal(15, signal.SIG_IGN); signal.pause()\n"
                              "os._exit(1)\n";
  LastcallRun run(alone({"--restart-policy", "on-failure", "--restart-limit", "1", "--stop-timeout", "500ms"},
                        {"python3", "-c", program, std::to_string(port.number())}));
  SHOW_LOG(run);
  CHECK_EXIT(run, 1);
  const auto& lines = run.process().out().all();
  CHECK(std::ranges::count(lines, "bound") == 2);
}

TEST_CASE("at a terminal the next child is in the foreground again, and reads what is typed (P81)") {
  for (const Words& mode : {Words{"--no-proxy"}, Words{"--terminal", "child"}}) {
    CAPTURE(mode.front());
    Pty pty;
    FreePort port;
    Words words{lastcall_binary(), "--log-level", "warn", "--grace", "3s", "--restart-policy", "on-failure", "--restart-delay", "10ms",
                "--restart-limit", "1"};
    words.insert(words.end(), mode.begin(), mode.end());
    if (mode.front() != "--no-proxy") words.insert(words.end(), {"--listen", port.address()});
    words.insert(words.end(), {"--", "sh", "-c", "echo ask$((6*7)); read line; echo \"got $line\"; exit 9"});
    SpawnOptions spawn{.argv = words};
    spawn.terminal = pty.slave();
    Process process(spawn);
    pty.close_slave();
    std::size_t from = 0;
    for (const std::string word : {"one", "two"}) {
      from = pty.wait_text("ask42", from);
      REQUIRE_MESSAGE(from != std::string::npos, pty.screen());
      for (const char key : word + "\r") pty.type(key);
      from = pty.wait_text("got " + word, from, 5s);
      REQUIRE_MESSAGE(from != std::string::npos, pty.screen());
    }
    const auto status = process.wait_exit();
    CHECK_MESSAGE((status == ExitStatus{false, 9}), to_string(status), pty.screen());
  }
}
