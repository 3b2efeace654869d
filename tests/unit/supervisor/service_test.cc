#include "service_scene.h"

using namespace lastcall;
using test::kStopsUs;
using test::Scene;

TEST_CASE("without a proxy the child's exit code is ours (P1)") {
  Scene scene("exit 42", "");
  CHECK(scene.run() == 42);
  CHECK(scene.record.cause == core::Cause::child_exited);
}

TEST_CASE("a child that ends by a signal gives 128 and its number (P2)") {
  Scene scene("kill -USR1 $$", "");
  CHECK(scene.run() == 128 + SIGUSR1);
}

TEST_CASE("a TERM that came before the child was spawned keeps it from being spawned (P29)") {
  Scene scene("exit 42", "");
  REQUIRE(::kill(::getpid(), SIGTERM) == 0);
  CHECK(scene.run() == 0);
  CHECK_FALSE(scene.record.child().started);
  CHECK(scene.record.request.signal == SIGTERM);
  CHECK(scene.record.request.sender_pid == ::getpid());
}

TEST_CASE("a stop goes through every phase, the child is signalled after the seal, and the end is 0") {
  Scene scene("trap 'exit 0' TERM; sleep 0.2; kill -TERM $PPID; while :; do sleep 0.01; done", "obey");
  CHECK(scene.run() == 0);
  for (const core::Phase phase : {core::Phase::serving, core::Phase::lame_duck, core::Phase::draining, core::Phase::ending_streams,
                                  core::Phase::sealing, core::Phase::stopping, core::Phase::flushing, core::Phase::exiting})
    CHECK(scene.passed(phase));
  CHECK_FALSE(scene.passed(core::Phase::killing));
  CHECK(scene.record.child().stop_signal == SIGTERM);
  CHECK(scene.well_before_deadlines(*scene.record.child().exited));
}

TEST_CASE("a worker that never answers the seal is killed, and the child still gets its signal") {
  Scene scene(kStopsUs, "deaf to seal");
  CHECK(scene.run() == 0);
  CHECK(scene.record.child().signalled.has_value());
}

TEST_CASE("a child that ignores its stop signal is killed at the deadline, and that is 137 (P69)") {
  Scene scene("trap '' TERM; kill -TERM $PPID; while :; do sleep 0.01; done", "");
  scene.settings.grace.grace = milliseconds(400);
  CHECK(scene.run() == 137);
  CHECK(scene.record.child().killed);
  CHECK(scene.record.child().end->value == SIGKILL);
  const auto killing = std::ranges::find(scene.record.phases, core::Phase::killing, &core::PhaseRecord::phase);
  REQUIRE(killing != scene.record.phases.end());
  CHECK(killing->why == "deadline");
  CHECK(killing->begin >= scene.record.deadlines.kill);
  CHECK(scene.record.deadlines.kill < *scene.record.t0 + milliseconds(400));
}

TEST_CASE("a stop in steps sends one signal after the other, each when its time has come") {
  Scene scene("trap '' INT; trap 'exit 4' TERM; kill -TERM $PPID; while :; do sleep 0.01; done", "");
  scene.settings.stop_steps = {{SIGINT, milliseconds(200)}, {SIGTERM, kInfinite}};
  CHECK(scene.run() == 4);
  CHECK(scene.record.child().stop_signal == SIGTERM);
  CHECK(*scene.record.child().exited - *scene.record.t0 >= milliseconds(200));
  CHECK_FALSE(scene.record.child().killed);
}

TEST_CASE("after the last step's time the child is killed, however much grace is left; what the steps sent is no failure") {
  Scene scene("trap '' INT TERM; kill -TERM $PPID; while :; do sleep 0.01; done", "");
  scene.settings.stop_steps = {{SIGINT, milliseconds(100)}, {SIGTERM, milliseconds(100)}};
  scene.settings.grace.stop_steps = milliseconds(200);
  CHECK(scene.run() == 137);
  CHECK(scene.record.child().end->value == SIGKILL);
  CHECK(*scene.record.ended - *scene.record.t0 >= milliseconds(200));
  CHECK(scene.well_before_deadlines(*scene.record.ended));
  Scene dies("kill -TERM $PPID; while :; do sleep 0.01; done", "");
  dies.settings.stop_steps = {{SIGINT, milliseconds(100)}, {SIGTERM, kInfinite}};
  CHECK(dies.run() == 0);
}

TEST_CASE("exit codes are replaced last, also that of a command that can't be run (P10)") {
  Scene scene("exit 42", "");
  scene.settings.exit_codes = {{42, 0}, {0, 9}};
  CHECK(scene.run() == 0);
  Scene missing("", "");
  missing.settings.command = {"/no/such/command"};
  missing.settings.exit_codes = {{127, 3}};
  CHECK(missing.run() == 3);
}

TEST_CASE("what our own parent left open is the child's alone: we close our copy once it runs (P49)") {
  Scene scene("exit 0", "");
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  scene.passed_on.emplace_back(ends[1]);
  CHECK(scene.run() == 0);
  char byte;
  CHECK(::read(ends[0], &byte, 1) == 0);  // the end: nobody holds it any more
  ::close(ends[0]);
}

TEST_CASE("a child that never becomes ready is stopped, and that is 124") {
  Scene scene("exec sleep 1000", "obey");
  scene.settings.upstream = Address::parse("unix:/nowhere/at/all").value();
  scene.settings.ready.timeout = milliseconds(100);
  CHECK(scene.run() == 124);
  CHECK(scene.record.child().end->value == SIGTERM);
}

TEST_CASE("a command that can't be run is 127, and nothing else was started (P4)") {
  Scene scene("", "obey");
  scene.settings.command = {"/no/such/command"};
  CHECK(scene.run() == 127);
  CHECK_FALSE(scene.record.child().started);
}

TEST_CASE("a child that dies by itself while it serves ends the service with its code (G129)") {
  Scene scene("sleep 0.2; exit 3", "obey");
  CHECK(scene.run() == 3);
  CHECK(scene.passed(core::Phase::stopping));
}
