#include "core/child_lifecycle.h"

#include <doctest/doctest.h>

#include <vector>

namespace lastcall::core {
namespace {

constexpr TimePoint kStart = TimePoint(seconds(1000));
constexpr TimePoint at(int ms) { return kStart + milliseconds(ms); }
using Actions = std::vector<ChildAction>;
using enum ChildAction;

ChildLifecycle lifecycle(RestartMode mode = RestartMode::on_failure, std::uint32_t limit = 10) {
  RestartOptions options;
  options.mode = mode;
  options.limit = limit;
  return ChildLifecycle(RestartPolicy(options, [] { return 1.0; }), seconds(2));
}

Actions take(ChildLifecycle& tested) {
  Actions actions;
  while (const auto action = tested.next_action()) actions.push_back(*action);
  return actions;
}

ChildLifecycle serving(RestartMode mode = RestartMode::on_failure, std::uint32_t limit = 10) {
  ChildLifecycle tested = lifecycle(mode, limit);
  tested.on_started();
  tested.on_ready(at(0));
  return tested;
}

}  // namespace

TEST_CASE("the end of a child that is not started again is reported at once, and nothing else is done") {
  ChildLifecycle tested = serving(RestartMode::never);
  tested.on_exited(3, at(10));
  CHECK(take(tested) == Actions{report_end});
  CHECK(tested.state() == ChildState::resting);
  CHECK(tested.deadline() == kNever);
}

TEST_CASE("a child that died gets a successor after its rest is gone and its pause is over, and no sooner") {
  ChildLifecycle tested = serving();
  tested.on_exited(3, at(0));
  CHECK(take(tested) == Actions{hold_requests, signal_rest});
  tested.on_time(at(150));  // the pause is over, but somebody still holds the port
  CHECK(take(tested).empty());
  tested.on_gone();
  CHECK(tested.deadline() == at(100));
  tested.on_time(at(160));
  CHECK(take(tested) == Actions{start});
  tested.on_started();
  tested.on_ready(at(170));
  CHECK(tested.state() == ChildState::ready);

  tested.on_exited(3, at(200));
  tested.on_gone();
  (void)take(tested);
  tested.on_time(at(399));
  CHECK(take(tested).empty());
  tested.on_time(at(400));
  CHECK(take(tested) == Actions{start});
}

TEST_CASE("what a dead child left behind is killed after its time, and what even that does not end is not waited for") {
  ChildLifecycle tested = serving();
  tested.on_exited(3, at(0));
  (void)take(tested);
  CHECK(tested.deadline() == at(2000));
  tested.on_time(at(1999));
  CHECK(take(tested).empty());
  tested.on_time(at(2000));
  CHECK(take(tested) == Actions{kill_all});
  tested.on_time(at(6999));
  CHECK(take(tested).empty());
  tested.on_time(at(7000));
  CHECK(take(tested) == Actions{start});
}

TEST_CASE("a child that does not answer is asked to end, then killed, and then followed by another") {
  ChildLifecycle tested = serving();
  tested.on_unhealthy(at(0));
  CHECK(take(tested) == Actions{hold_requests, stop_main});
  tested.on_gone();  // of a main process that lives nobody says so in truth: no second one beside it
  tested.on_time(at(2000));
  CHECK(take(tested) == Actions{kill_all});
  tested.on_time(at(7000));
  CHECK(tested.state() == ChildState::clearing);
  tested.on_exited(137, at(7001));
  CHECK(take(tested) == Actions{signal_rest});
  tested.on_gone();
  tested.on_time(at(7002));
  CHECK(take(tested) == Actions{start});
}

TEST_CASE("one that never became ready has its own report when it was the last allowed") {
  ChildLifecycle tested = lifecycle(RestartMode::on_failure, 1);
  tested.on_started();
  tested.on_unhealthy(at(0));
  CHECK(take(tested) == Actions{hold_requests, stop_main});
  tested.on_exited(143, at(1));
  tested.on_gone();
  tested.on_time(at(100));
  CHECK(take(tested) == Actions{signal_rest, start});
  tested.on_started();
  tested.on_unhealthy(at(200));
  CHECK(take(tested) == Actions{report_never_ready});
}

TEST_CASE("the last one allowed that stops answering is ended before its end is reported") {
  ChildLifecycle tested = serving(RestartMode::never);
  tested.on_unhealthy(at(0));
  CHECK(take(tested) == Actions{hold_requests, stop_main});
  tested.on_exited(143, at(5));
  CHECK(take(tested) == Actions{report_end});
}

TEST_CASE("a start that fails is a failure with a pause of its own, and final at the limit (P93, P94)") {
  ChildLifecycle tested = serving(RestartMode::on_failure, 2);
  tested.on_exited(1, at(0));
  tested.on_gone();
  tested.on_time(at(100));
  CHECK(take(tested) == Actions{hold_requests, signal_rest, start});
  tested.on_start_failed(at(100));
  CHECK(tested.deadline() == at(300));
  tested.on_time(at(300));
  CHECK(take(tested) == Actions{start});
  tested.on_start_failed(at(300));
  CHECK(take(tested) == Actions{report_end});
}

TEST_CASE("a stop during the pause needs no child: nothing is started any more (P30)") {
  ChildLifecycle tested = serving();
  tested.on_exited(3, at(0));
  tested.on_gone();
  CHECK(tested.on_service_ending());
  CHECK(take(tested).empty());
  CHECK(tested.deadline() == kNever);
  tested.on_time(at(1000));
  CHECK(take(tested).empty());
}

TEST_CASE("a child that runs when the service ends is the sequence's: its end is reported, and nothing is done about it") {
  ChildLifecycle tested = serving();
  CHECK_FALSE(tested.on_service_ending());
  tested.on_unhealthy(at(5));
  CHECK(take(tested).empty());
  tested.on_exited(1, at(10));
  CHECK(take(tested) == Actions{report_end});

  ChildLifecycle unhealthy = serving();
  unhealthy.on_unhealthy(at(0));
  CHECK_FALSE(unhealthy.on_service_ending());  // main still runs, so it is the sequence that stops it

  ChildLifecycle unstarted = lifecycle();
  CHECK_FALSE(unstarted.on_service_ending());  // P29: there is no end to report
}

TEST_CASE("a child that was killed by hand is followed by another, however often, and none of it counts as a failure") {
  ChildLifecycle tested = serving(RestartMode::on_failure, 1);
  for (int i = 0; i < 20; ++i) {
    tested.on_exited(137, at(i * 1000), true);
    CHECK(take(tested) == Actions{hold_requests, signal_rest});
    tested.on_gone();
    CHECK(tested.deadline() == at(i * 1000 + 100));
    tested.on_time(tested.deadline());
    CHECK(take(tested) == Actions{start});
    tested.on_started();
    tested.on_ready(at(i * 1000 + 200));
  }
  CHECK(tested.policy().attempt() == 0);
}

}  // namespace lastcall::core
