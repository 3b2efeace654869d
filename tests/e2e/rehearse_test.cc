// `lastcall rehearse`: what it prints and how it ends, with a command that can be rehearsed and one that can't (issue 5, 8).
#include <unistd.h>

#include "rehearsals.h"
#include "support/pty.h"

using namespace lastcall::test;

TEST_CASE("an Express app without handlers: safe behind lastcall, told that it has none, and shown what it loses without") {
  const Judged judged = judge({"rehearse", "--duration", "300ms", "--path", "/slow?ms=150"}, node("express_app.js"));
  CAPTURE(judged.json.dump(1));
  CHECK(judged.code == 0);
  CHECK(judged.json["passed"] == true);
  CHECK(judged.verdict("stop_signal") == "warn");
  CHECK(judged.verdict("keep_alive") == "pass");
  CHECK(judged.verdict("requests") == "pass");
  CHECK(judged.json["with_lastcall"]["in_flight_at_stop"] == 20);
  CHECK(Judged::losses(judged.json["with_lastcall"]) == 0);
  CHECK(Judged::losses(judged.json["without_lastcall"]) > 0);  // the control
  check_schema(judged.json);
}

TEST_CASE("a child in good order passes even a strict rehearsal, on every line") {
  const Result result = rehearse(brief({"--strict", "--no-compare"}), tiny_server({"--exit-on-term", "0"}));
  CAPTURE(result.out);
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(says(result.out, "✓ stop signal   it handles SIGTERM and ends by itself, exit code 0"));
  CHECK(says(result.out, "✓ requests      20 requests in flight at the stop, none lost"));
  CHECK(!says(result.out, "✗"));
  CHECK(!says(result.out, "  ! "));
  CHECK(says(result.out, "\npassed\n"));
  CHECK(result.err.empty());
}

TEST_CASE("a child that never becomes ready is no rehearsal: 124, with what it and lastcall said") {
  const Result result = rehearse({"rehearse", "--ready-timeout", "300ms"}, tiny_server({"--no-listen"}));
  CHECK(result.code == 124);
  CHECK(result.out.empty());
  CHECK(says(result.err, "could not rehearse"));
  CHECK(says(result.err, "not listening"));  // its own words
  CHECK(says(result.err, "--ready-timeout"));  // lastcall's hint
}

// With LASTCALL_FULL=1 the hint alone ends it, 5 s after the start and 55 s before the timeout would.
TEST_CASE("a child that listens elsewhere than it was told to is no rehearsal: 124, with the flag that helps (decision 10)") {
  const FreePort elsewhere;
  Words words{"rehearse"};
  if (std::getenv("LASTCALL_FULL") == nullptr) words.insert(words.end(), {"--ready-timeout", "300ms"});
  const auto started = Clock::now();
  const Result result = rehearse(words, tiny_server({"--port", elsewhere.text()}));
  CHECK(result.code == 124);
  CHECK(says(result.err, "--upstream 127.0.0.1:" + elsewhere.text()));
  CHECK(elapsed_since(started) < 30s);
}

TEST_CASE("a command that is not there is 127, a mistyped option 64, a broken configuration 78, as without rehearse") {
  const Result absent = rehearse({"rehearse"}, {"/no/such/command"});
  CHECK(absent.code == 127);
  CHECK(says(absent.err, "it could not be started, exit code 127"));
  CHECK(says(rehearse({"rehearse"}, {"true"}).err, "it ended before it was ready, exit code 0"));
  CHECK(rehearse({"rehearse", "--platform", "nomad"}, {"true"}).code == 64);
  CHECK(rehearse({"rehearse", "--grace", "1s", "--stop-timeout", "9s"}, {"true"}).code == 78);
  CHECK(rehearse({"rehearse", "--help"}, {}).code == 0);
}

TEST_CASE("with --wait the traffic is the user's, on the port that was asked for, and Ctrl-C is the stop") {
  const FreePort port;
  Process process(play({"rehearse", "--wait", "--listen", port.address()}, tiny_server({"--exit-on-term", "0"})));
  REQUIRE(process.wait_line("ready on 127\\.0\\.0\\.1:" + port.text()).has_value());
  CHECK(fetch(port.number(), "/").response.status == 200);
  process.signal(SIGINT);
  const Result result = end_of(process);
  CAPTURE(result.out);
  CHECK(result.code == 0);
  CHECK(says(result.out, "✓ stop signal"));
  CHECK(says(result.out, "the traffic was yours"));
}

TEST_CASE("at a terminal it says what it is doing, in colours, and Ctrl-C ends it") {
  Pty pty;
  SpawnOptions spawn{
      .argv = {lastcall_binary(), "rehearse", "--duration", "1h", "--"}, .environment = {{"TERM", "xterm"}}, .terminal = pty.slave()};
  for (const std::string& word : tiny_server()) spawn.argv.push_back(word);
  Process process(spawn);
  pty.close_slave();
  REQUIRE(pty.wait_text("rehearsal: serving") != std::string::npos);
  pty.type(kCtrlC);
  const auto status = process.wait_exit();
  CHECK(status == ExitStatus{false, 128 + SIGINT});
  CHECK(leftovers().empty());
}

TEST_CASE("an interrupted rehearsal ends its lastcall and its command in order, and says which signal it was") {
  Process process(play({"rehearse", "--duration", "1h", "--verbose"}, tiny_server({"--log-term"})));
  REQUIRE(process.wait_line("listening").has_value());
  process.signal(SIGTERM);
  REQUIRE(process.wait_line("signal 15").has_value());  // the command heard of it
  process.signal(SIGTERM);                              // and is taken with us the second time
  const Result result = end_of(process);
  CHECK(result.code == 128 + SIGTERM);
  CHECK(says(result.err, "interrupted"));
}

TEST_CASE("without /proc nothing can be rehearsed, and that is said") {
  if (::geteuid() != 0) return;
  if (kSanitized) {
    MESSAGE("skipped: the sanitizers need /proc, and say so themselves");
    return;
  }
  Process process({.argv = {"unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" rehearse -- true", lastcall_binary()}});
  CHECK((process.wait_exit() == ExitStatus{false, 71}));
  CHECK(process.err().text() == "lastcall: a rehearsal needs /proc, which is not mounted here\n");
}
