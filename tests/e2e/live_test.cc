// Liveness: a child that answers badly, hangs or stops to feed its watchdog is ended and followed by another; its clients wait, and nobody is
// judged while the service ends.
#include <csignal>

#include "e2e.h"

using namespace lastcall::test;

namespace {

RunOptions watched(const Words& flags, const Words& child_flags = {}) {
  RunOptions options{.flags = {"--restart-delay", "10ms"}, .child = {"python3", child_file("health_child.py")}};
  options.flags.insert(options.flags.end(), flags.begin(), flags.end());
  options.child.insert(options.child.end(), child_flags.begin(), child_flags.end());
  return options;
}

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

const Words kQuick{"--live-interval", "100ms", "--live-timeout", "500ms", "--live-fall", "2"};
const Words kHttp = with({"--live-http", "/healthz"}, kQuick);

bool ask(LastcallRun& run, const std::string& target) { return fetch(run.port(), target).response.status == 200; }

}  // namespace

TEST_CASE("a child that begins to answer 500 is followed by another, and its clients see waiting, not errors") {
  LastcallRun run(watched(with(kHttp, {"--restart-policy", "on-failure"})));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const int first = run.child_pids().front();
  REQUIRE(ask(run, "/set?500"));
  int good = 0, bad = 0;
  while (run.events("ready_again").empty() && bad == 0) ++(ask(run, "/") ? good : bad);
  CHECK(bad == 0);
  CHECK(good > 0);
  const auto told = run.wait_event("child_not_alive");
  REQUIRE(told);
  CHECK(told->text("why") == "HTTP 500");
  CHECK(run.events("probe_failed").size() == 2);
  CHECK(run.child_pids().front() != first);
  CHECK(ask(run, "/"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a child that hangs is ended, and who had asked it is answered by the next one") {
  LastcallRun run(watched(with(kHttp, {"--restart-policy", "on-failure"})));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient hung(run.port());
  REQUIRE(hung.send_request("GET", "/hang"));  // this one is answered; what follows is not
  CHECK(hung.read_response().response.status == 200);
  CHECK(ask(run, "/"));
  CHECK(run.events("child_not_alive").size() == 1);
  CHECK(run.wait_event("child_not_alive")->text("why") == "no answer");
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a child that is well is asked and left alone, whatever the kind of question") {
  for (const Words& flags : {kHttp, with({"--live-tcp"}, kQuick), with({"--live-exec", "true"}, kQuick)}) {
    LastcallRun run(watched(with(flags, {"--restart-policy", "always"})));
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    if (flags == kHttp)
      while (fetch(run.port(), "/asked").response.body < "3") {
      }
    else
      CHECK_FALSE(run.wait_event("child_not_alive", 500ms));
    CHECK(run.events("child_not_alive").empty());
    CHECK(run.events("probe_failed").empty());
    run.stop();
    CHECK_EXIT(run, 0);
  }
}

TEST_CASE("with restart never a child that is not alive ends the service, which says so and is not 0") {
  RunOptions options = watched(with({"--no-proxy", "--live-exec", "false"}, kQuick), {"--deaf"});
  options.listen = false;
  LastcallRun run(options);
  SHOW_LOG(run);
  CHECK_EXIT(run, 143);
  const auto told = run.wait_event("child_not_alive");
  REQUIRE(told);
  CHECK(told->text("why") == "exit code 1");
  CHECK(told->text("what_follows").find("restart.policy is never") != std::string::npos);
  CHECK(run.wait_event("exit")->text("reason") == "the child was no longer alive, and was ended");
}

TEST_CASE("a child that feeds its watchdog lives; when it stops to, SIGABRT ends it and another follows (G148)") {
  LastcallRun run(watched({"--live-watchdog", "800ms", "--restart-policy", "on-failure"}, {"--feed"}));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/env?WATCHDOG_USEC").response.body == "800000");
  CHECK(fetch(run.port(), "/env?WATCHDOG_PID").response.body == std::to_string(run.child_pids().front()));
  CHECK_FALSE(run.wait_event("child_not_alive", 1000ms));
  REQUIRE(ask(run, "/starve"));
  const auto told = run.wait_event("child_not_alive");
  REQUIRE(told);
  CHECK(told->text("why") == "no WATCHDOG=1 in time");
  const auto end = run.wait_event("child_exited");
  REQUIRE(end);
  CHECK(end->text("signal") == "SIGABRT");
  REQUIRE(run.wait_event("ready_again"));
  CHECK(ask(run, "/"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a child may say itself that it is not well") {
  LastcallRun run(watched({"--live-watchdog", "1h"}));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/say?WATCHDOG=trigger"));  // answered by nobody
  REQUIRE(run.wait_event("child_not_alive"));
  CHECK_EXIT(run, 134);
}

TEST_CASE("while the service ends nobody is judged: a request in flight at a child that answers 500 finishes (P80)") {
  LastcallRun run(watched({"--live-http", "/healthz", "--live-interval", "100ms", "--live-fall", "1", "--restart-policy", "on-failure"}));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient slow(run.port());
  REQUIRE(slow.send_request("GET", "/slow?800"));
  // In flight at the child: a second request on another connection has been answered after it.
  REQUIRE(ask(run, "/"));
  run.stop();
  REQUIRE(run.wait_event_where("phase", [](const Event& event) { return event.text("phase") == "draining"; }));
  CHECK(slow.read_response().response.status == 200);
  CHECK_EXIT(run, 0);
  CHECK(run.events("child_not_alive").empty());
  CHECK(run.events("probe_failed").empty());
}

TEST_CASE("two stopped together are resumed together: a child is not blamed for the time of a Ctrl-Z (P43)") {
  LastcallRun run(watched({"--live-watchdog", "800ms"}, {"--feed"}));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const int child = run.child_pids().front();
  ::kill(child, SIGSTOP);
  ::kill(run.supervisor_pid(), SIGSTOP);
  (void)run.process().wait_line("nobody says this", 1500ms);  // the time that passes is what is judged
  ::kill(child, SIGCONT);
  ::kill(run.supervisor_pid(), SIGCONT);
  CHECK_FALSE(run.wait_event("child_not_alive", 600ms));
  run.stop();
  CHECK_EXIT(run, 0);
}
