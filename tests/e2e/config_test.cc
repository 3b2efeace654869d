// What a user gets who makes a mistake: one clear error, the right exit code, nothing started (issue 2, 6; decision 7).
#include <algorithm>
#include <csignal>

#include "e2e.h"

using namespace lastcall::test;

namespace {

struct Result {
  int code = -1;
  std::string out, err;
};

Result run_lastcall(const Words& arguments, const std::map<std::string, std::string>& environment = {}) {
  SpawnOptions spawn{.argv = {lastcall_binary()}, .environment = environment};
  spawn.argv.insert(spawn.argv.end(), arguments.begin(), arguments.end());
  Process process(spawn);
  const auto status = process.wait_exit();
  CHECK(leftovers().empty());
  return {status && !status->by_signal ? status->value : -1, process.out().text(), process.err().text()};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("--help and --version answer on standard output and exit 0 (P96)") {
  for (const std::string flag : {"--help", "--version"}) {
    const Result result = run_lastcall({flag});
    CHECK(result.code == 0);
    CHECK(contains(result.out, flag == "--help" ? "--listen" : "lastcall"));
    CHECK(result.err.empty());
  }
}

TEST_CASE("usage errors are 64: no command, an unknown flag, a value missing") {
  for (const Words& arguments : {Words{}, Words{"--listen", ":8080"}, Words{"--no-such-flag", "--", "true"}, Words{"--grace"}}) {
    const Result result = run_lastcall(arguments);
    CAPTURE(result.err);
    CHECK(result.code == 64);
    CHECK(!result.err.empty());
  }
}

TEST_CASE("a misspelt flag is answered with the nearest known one") {
  const Result result = run_lastcall({"--grce", "5s", "--", "true"});
  CHECK(result.code == 64);
  CHECK(contains(result.err, "--grace"));
}

TEST_CASE("check names every mistake in a file with line and column, and the nearest known key: 78") {
  TempDir directory;
  const std::string file = directory.write("bad.yaml", "grace: soon\nlisten: :8080\nupstraem: 127.0.0.1:3000\ncommand: [true]\n");
  const Result result = run_lastcall({"check", file});
  CAPTURE(result.err);
  CHECK(result.code == 78);
  const std::string said = result.out + result.err;
  CHECK(contains(said, "bad.yaml:1:8"));
  CHECK(contains(said, "bad.yaml:3:1"));
  CHECK(contains(said, "upstream"));
}

TEST_CASE("check says that a good file is good, and exits 0") {
  TempDir directory;
  const std::string file = directory.write("good.yaml", "grace: 20s\nlisten: 127.0.0.1:8080\ncommand: [node, server.js]\n");
  const Result result = run_lastcall({"check", file});
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(contains(result.out, "good.yaml"));
}

TEST_CASE("a file that can't be read is 78 and named") {
  const Result result = run_lastcall({"--config", "/no/such/lastcall.yaml"});
  CHECK(result.code == 78);
  CHECK(contains(result.err, "/no/such/lastcall.yaml"));
}

TEST_CASE("an impossible budget is 78 before anything starts (G section 11)") {
  const FreePort port;
  const Result result =
      run_lastcall({"--listen", port.address(), "--grace", "5s", "--lame-duck", "20s", "--", "echo", "the child was started"});
  CAPTURE(result.err);
  CHECK(result.code == 78);
  CHECK(!contains(result.out, "the child was started"));
}

TEST_CASE("flags win over the environment, the environment over the file") {
  TempDir directory;
  const std::string file = directory.write("lastcall.yaml", "grace: 20s\ncommand: [true]\n");
  const Words print{"--config", file, "--print-config"};
  CHECK(contains(run_lastcall(print).out, "grace: 20s"));
  CHECK(contains(run_lastcall(print, {{"LASTCALL_GRACE", "21s"}}).out, "grace: 21s"));
  Words flagged = print;
  flagged.insert(flagged.end(), {"--grace", "22s"});
  CHECK(contains(run_lastcall(flagged, {{"LASTCALL_GRACE", "21s"}}).out, "grace: 22s"));
}

TEST_CASE("a busy port is 69, and the message names the port and its holder (G18, P92)") {
  LastcallRun first({.child = tiny_server()});
  SHOW_LOG(first);
  REQUIRE(first.wait_ready());
  const Result second = run_lastcall({"--listen", "127.0.0.1:" + std::to_string(first.port()), "--", "echo", "the child was started"});
  CAPTURE(second.err);
  CHECK(second.code == 69);
  CHECK(contains(second.err, std::to_string(first.port())));
  CHECK(contains(second.err, std::to_string(first.supervisor_pid())));
  CHECK(!contains(second.out, "the child was started"));
  CHECK(fetch(first.port(), "/").response.status == 200);  // the first is unharmed
  first.stop();
  CHECK_EXIT(first, 0);
}

TEST_CASE("with a proxy too, a command that is not there is 127 and one that can't run 126, before READY (G206)") {
  for (const auto& [name, code] : {std::pair{"/no/such/command", 127}, std::pair{"/", 126}}) {
    LastcallRun run({.child = {name}});
    SHOW_LOG(run);
    CHECK_EXIT(run, code);
    CHECK(run.events("ready").empty());
  }
}

TEST_CASE("a child that never listens: 124 when ready.timeout has passed, and it is stopped (decision 7)") {
  LastcallRun run({.flags = {"--ready-timeout", "500ms"}, .child = tiny_server({"--no-listen"})});
  SHOW_LOG(run);
  CHECK_EXIT(run, 124);
}

TEST_CASE("a child that listens elsewhere than PORT gets a line with the flag that helps (decision 10)") {
  const FreePort elsewhere;
  LastcallRun run({.child = tiny_server({"--port", elsewhere.text()})});
  SHOW_LOG(run);
  CHECK(run.process().wait_line("--upstream 127\\.0\\.0\\.1:" + elsewhere.text()).has_value());
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("no request and no connection reaches a child that is not ready (G11, decision 9)") {
  LastcallRun run({.child = tiny_server({"--listen-delay", "1000"})});
  SHOW_LOG(run);
  HttpClient early(run.port());
  while (!early.connected()) early = HttpClient(run.port());  // refused until lastcall listens, which is at once
  REQUIRE(early.send_request("GET", "/"));
  const Exchange answer = early.read_response();  // held, not refused, not 502
  CHECK(answer.complete);
  CHECK(answer.response.status == 200);
  CHECK(run.events("ready").size() == 1);
  run.stop();
  CHECK_EXIT(run, 0);
}
