// The other ways to the exit: stops before ready, children that die, people who escalate, workers that fail, odd budgets.
#include "core/shutdown_sequence.h"

#include "sequence_driver.h"

namespace lastcall::core {

TEST_CASE("a stop while the child starts is forwarded at once, without a drain (G128, P80)") {
  Driver service;
  service.event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.take() == Words{"stop_accepting", "seal"});
  CHECK(service.sequence.deadlines()->t0 == kT0);
  service.facts({.sealed = true, .idle = 3}, 0.01);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.take() == Words{"signal_child"});
}

TEST_CASE("a stop before there is a child ends in the same call") {
  Driver service;
  service.facts(kNothingLeft, -1).event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::exiting);
}

TEST_CASE("a repeated stop changes nothing: no phase, no deadline, no action (G124)") {
  Driver service({.grace = seconds(30), .lame_duck = seconds(2)});
  service.serve().event(Event::stop_requested, 0);
  for (double when = 0.1; when < 2; when += 0.1) service.event(Event::stop_requested, when);
  CHECK(service.phase() == Phase::lame_duck);
  CHECK(service.sequence.deadlines()->t0 == kT0);
  CHECK(service.take().empty());
  service.time(2).facts({.finite = 1}, 2.1).event(Event::stop_requested, 3);
  CHECK(service.phase() == Phase::draining);
  CHECK(service.take() == Words{"stop_accepting"});
}

TEST_CASE("a child that dies by itself ends the service: clients are answered, what it left behind is told to go (P71, G129)") {
  Driver service;
  service.serve().facts({.finite = 2}, -1).event(Event::main_exited, 0);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.sequence.cause() == Cause::child_exited);
  CHECK(service.take() == Words{"stop_accepting", "seal", "signal_descendants"});
  CHECK(service.sequence.deadline() == at(28.25));
  service.facts({.child_gone = true, .finite = 2}, 1);
  CHECK(service.phase() == Phase::flushing);
  CHECK(service.take() == Words{"finish_workers"});
}

TEST_CASE("a child that dies without descendants is not waited for") {
  Driver service;
  service.serve().facts({.child_gone = true}, 0).event(Event::main_exited, 0);
  CHECK(service.phase() == Phase::flushing);
}

TEST_CASE("descendants that ignore their goodbye are killed at T_kill") {
  Driver service;
  service.serve().event(Event::main_exited, 0).take();
  service.time(28.25);
  CHECK(service.phase() == Phase::killing);
  CHECK(service.take() == Words{"kill_child"});
}

TEST_CASE("a child that dies during the drain ends it: nobody can finish those requests any more (P67)") {
  for (const Facts& facts : {Facts{.listeners_closed = true, .finite = 3}, Facts{.listeners_closed = true, .streams = 3}}) {
    Driver service;
    service.serve().event(Event::stop_requested, 0).facts(facts, 1).take();
    service.event(Event::main_exited, 2);
    CHECK(service.phase() == Phase::stopping);
    CHECK(service.take() == Words{"seal", "signal_descendants"});
    CHECK(service.sequence.cause() == Cause::stop_requested);  // the first cause is kept
  }
}

TEST_CASE("a child that dies while workers seal gets no stop signal") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true}, 1).take();
  service.event(Event::main_exited, 1.1).facts({.listeners_closed = true, .sealed = true}, 1.2);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.take() == Words{"signal_descendants"});
}

TEST_CASE("descendants of a stopped child are told once it is gone, and have the time that is left (P71)") {
  Driver service;
  service.serve().facts({.listeners_closed = true, .sealed = true}, -1).event(Event::stop_requested, 0).take();
  service.event(Event::main_exited, 3).event(Event::main_exited, 4);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.take() == Words{"signal_descendants"});
  CHECK(service.sequence.deadline() == at(28.25));
}

TEST_CASE("escalation goes one step further each time: the child now, then kill, and a third changes nothing (decision 5)") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.finite = 5, .streams = 1}, 1).take();
  service.event(Event::escalated, 2);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.take() == Words{"end_streams", "drop_finite", "seal"});
  service.facts({.sealed = true, .finite = 5}, 2.1);
  CHECK(service.take() == Words{"signal_child"});
  service.event(Event::escalated, 3);
  CHECK(service.phase() == Phase::killing);
  CHECK(service.take() == Words{"kill_child"});
  service.event(Event::escalated, 3.1);
  CHECK(service.phase() == Phase::killing);
  CHECK(service.take().empty());
}

TEST_CASE("escalation while workers seal kills both, and while clients are flushed leaves") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true}, 1).take();
  service.event(Event::escalated, 1.1);
  CHECK(service.take() == Words{"kill_unsealed", "kill_child"});
  service.facts({.child_gone = true}, 1.2);
  CHECK(service.phase() == Phase::flushing);
  service.take();
  service.event(Event::escalated, 1.3);
  CHECK(service.phase() == Phase::exiting);
  CHECK(service.take() == Words{"kill_workers", "exit"});
}

TEST_CASE("stop --now on a service that serves is a stop with the child first") {
  Driver service;
  service.serve().facts({.finite = 1}, -1).event(Event::escalated, 0);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.sequence.cause() == Cause::stop_requested);
  CHECK(service.take() == Words{"stop_accepting", "end_streams", "drop_finite", "seal"});
}

TEST_CASE("after an escalated kill nobody waits for a child in D state to the end of a long grace") {
  Driver service({.grace = std::chrono::hours(2)});
  service.serve().facts({.sealed = true}, -1).event(Event::escalated, 0).event(Event::escalated, 1);
  CHECK(service.phase() == Phase::killing);
  CHECK(service.sequence.deadline() == at(6));
}

TEST_CASE("drain is a lame duck without an end, and undrain leads back (decision 8)") {
  Driver service({.grace = seconds(30), .lame_duck = seconds(2)});
  service.serve().event(Event::drain_requested, -50);
  CHECK(service.phase() == Phase::lame_duck);
  CHECK_FALSE(service.sequence.deadlines().has_value());
  CHECK_FALSE(service.sequence.ending());
  CHECK(service.sequence.deadline() == kNever);
  service.event(Event::undrain_requested, -40);
  CHECK(service.phase() == Phase::serving);
  CHECK(service.take().empty());
}

TEST_CASE("a stop after a drain starts the clock, and the lame duck has been long enough") {
  Driver service({.grace = seconds(30), .lame_duck = seconds(2)});
  service.serve().event(Event::drain_requested, -50).event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::draining);
  CHECK(service.sequence.deadlines()->lame == kT0);
  CHECK(service.sequence.deadlines()->exit == at(28.5));
  CHECK(service.take() == Words{"stop_accepting"});
}

TEST_CASE("undrain after T0 comes too late") {
  Driver service({.grace = seconds(30), .lame_duck = seconds(2)});
  service.serve().event(Event::stop_requested, 0).event(Event::undrain_requested, 1);
  CHECK(service.phase() == Phase::lame_duck);
  service.time(2).event(Event::undrain_requested, 3);
  CHECK(service.phase() == Phase::draining);
}

TEST_CASE("workers that keep crashing end the service in order") {
  Driver service({.grace = seconds(30), .lame_duck = seconds(2)});
  service.serve().facts({.jobs = 1}, -1).event(Event::workers_failed, 0);
  CHECK(service.phase() == Phase::draining);
  CHECK(service.sequence.cause() == Cause::workers_failed);
  CHECK(service.take() == Words{"stop_accepting"});
}

TEST_CASE("a child that never becomes ready is stopped in order") {
  Driver service;
  service.event(Event::child_not_ready, 0);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.sequence.cause() == Cause::child_not_ready);
}

TEST_CASE("grace 0 kills at once, without a stop signal first (P78)") {
  Driver service({.grace = Duration::zero()});
  service.serve().facts({.finite = 1, .streams = 1}, -1).event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::killing);
  CHECK(service.take() == Words{"stop_accepting", "drop_finite", "end_streams", "seal", "kill_unsealed", "kill_child"});
  CHECK(service.sequence.deadline() == at(0.25));
}

TEST_CASE("an infinite grace waits for everyone, but not for clients that do not read (decision 4)") {
  Driver service({.grace = kInfinite});
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true, .finite = 1}, 1);
  CHECK(service.sequence.deadline() == kNever);
  service.time(1e6).facts({.listeners_closed = true}, 1e6).facts({.sealed = true}, 1e6);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.sequence.deadline() == kNever);
  service.facts({.child_gone = true}, 2e6);
  CHECK(service.phase() == Phase::flushing);
  CHECK(service.sequence.deadline() == at(2e6 + 1));
}

TEST_CASE("with an infinite grace a written stop_timeout counts from the signal") {
  Driver service({.grace = kInfinite, .stop_timeout = seconds(9)});
  service.serve().facts({.listeners_closed = true, .sealed = true}, -1).event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.sequence.deadline() == at(9));
}

TEST_CASE("steps with times of their own end in the kill when the last is over, however much grace is left, never later than T_kill") {
  Driver service({.grace = seconds(90), .stop_steps = seconds(15)});
  service.serve().facts({.listeners_closed = true, .sealed = true}, -1).event(Event::stop_requested, 0).take();
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.sequence.deadline() == at(15));
  CHECK(service.time(14.999).phase() == Phase::stopping);
  CHECK(service.time(15).phase() == Phase::killing);
  CHECK(service.take() == Words{"kill_child"});

  Driver late({.grace = seconds(30), .stop_steps = seconds(15)});
  late.serve().facts({.listeners_closed = true, .finite = 1}, -1).event(Event::stop_requested, 0);
  late.time(20).facts({.listeners_closed = true, .sealed = true}, 20);
  CHECK(late.phase() == Phase::stopping);
  CHECK(late.sequence.deadline() == at(30 - 1.5 - 0.25));
}

TEST_CASE("a child that asks for more time has it beyond its steps, never beyond T_kill, and not before its stop signal (P73)") {
  const GraceOptions steps{.grace = seconds(30), .stop_steps = seconds(4)};
  Driver service(steps);
  service.serve();
  service.sequence.extend_stop(seconds(20), at(-1));
  service.facts(kQuiet, -1).event(Event::stop_requested, 0).facts({.listeners_closed = true, .sealed = true}, 1);
  REQUIRE(service.phase() == Phase::stopping);
  CHECK(service.sequence.deadline() == at(5));
  service.sequence.extend_stop(seconds(2), at(2));
  CHECK(service.sequence.deadline() == at(5));
  service.sequence.extend_stop(seconds(10), at(4));
  CHECK(service.sequence.deadline() == at(14));
  service.sequence.extend_stop(kInfinite, at(10));
  CHECK(service.sequence.deadline() == service.sequence.deadlines()->kill);
  CHECK(service.sequence.deadlines()->exit == budget_of(steps).deadlines(kT0).exit);
  service.time(28).time(30);
  CHECK(service.sequence.killed());
}

// A machine that stood still. The child can't have died of a signal that it has had for no time.
TEST_CASE("a call that comes late finds every missed deadline passed, and gives SIGKILL a moment to work before it leaves (P44)") {
  Driver service;
  service.serve().facts({.finite = 1}, -1).event(Event::stop_requested, 0).take();
  service.time(3600);
  CHECK(service.phase() == Phase::killing);
  CHECK(service.take() == Words{"drop_finite", "end_streams", "seal", "kill_unsealed", "kill_child"});
  CHECK(service.sequence.deadline() == at(3600.1));
  SUBCASE("it ends") { service.facts({.sealed = true, .child_gone = true}, 3600.01); }
  SUBCASE("it does not") { service.time(3600.1); }
  CHECK(service.phase() == Phase::exiting);
  CHECK(service.take() == Words{"finish_workers", "kill_workers", "exit"});
}

}  // namespace lastcall::core
