// A command that asks for more time while it ends (EXTEND_TIMEOUT_USEC): it has it where the grace leaves it some, and never beyond.
#include <csignal>

#include "spawn_init.h"

using namespace lastcall::test;

namespace {

// Needs `takes` ms after its SIGTERM; `asks` for so many microseconds, or for nothing.
RunOptions slow_to_end(const std::string& takes, const std::string& asks, const Words& flags, const std::string& grace) {
  Words child{"python3", child_file("health_child.py"), "--deaf", "--notify", "READY=1", "--stop-takes", takes};
  if (!asks.empty()) child.insert(child.end(), {"--asks-for", asks});
  Words all{"--ready-notify"};
  all.insert(all.end(), flags.begin(), flags.end());
  return init(child, all, grace);
}

}  // namespace

TEST_CASE("who asks for more time than the steps of the stop leave it ends by itself; who does not ask is killed (control)") {
  for (const bool asks : {true, false}) {
    LastcallRun run(slow_to_end("900", asks ? "5000000" : "", {"--stop-steps", "TERM 300ms"}, "10s"));
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    run.stop();
    CHECK_EXIT(run, asks ? 0 : 137);
    CHECK(run.events("child_killed").size() == (asks ? 0 : 1));
  }
}

TEST_CASE("the next step of a stop waits as long as the command asked for, not longer") {
  LastcallRun run(slow_to_end("3600000", "800000", {"--stop-steps", "TERM 200ms", "--stop-steps", "INT 5s"}, "10s"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);  // of SIGINT
  const auto second = run.wait_event("child_signalled", kPatience, 1);
  REQUIRE(second);
  CHECK(second->number("t0_ms") >= 800);
  CHECK(second->number("t0_ms") < 3000);
}

TEST_CASE("whatever it asks for, the grace is the end (P73)") {
  LastcallRun run(slow_to_end("3600000", "3600000000", {}, "2s"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 137);
  CHECK(run.since_stop() < 2050ms);
}

TEST_CASE("a copy that leaves alone has what it asks for beyond its own stop timeout; without a word it is killed (control)") {
  for (const bool asks : {true, false}) {
    const TempDir place;
    const std::string socket = place.path("control");
    LastcallRun run(slow_to_end("900", asks ? "5000000" : "", {"--instances", "2", "--stop-timeout", "300ms", "--control", socket}, "10s"));
    SHOW_LOG(run);
    REQUIRE(run.wait_event("instance_ready", kPatience, 1));
    Process stop({.argv = {lastcall_binary(), "ctl", "--socket", socket, "stop", "--instance", "1"}});
    REQUIRE(stop.wait_exit() == ExitStatus{false, 0});
    REQUIRE(run.wait_event("instance_gone"));
    CHECK(run.events("child_killed").size() == (asks ? 0 : 1));
    run.stop();
    CHECK_EXIT(run, 0);
  }
}
