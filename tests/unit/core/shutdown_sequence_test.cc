// The ordinary ways from serving to the exit. Times are seconds after T0; the budget is the default 30 s of section 11:
// T_drain 20.75, T_kill 28.25, T_exit 28.5.
#include "core/shutdown_sequence.h"

#include "sequence_driver.h"

namespace lastcall::core {

TEST_CASE("a service accepts when its child is ready, and not a moment earlier") {
  Driver service;
  CHECK(service.phase() == Phase::starting);
  CHECK(service.take().empty());
  service.event(Event::child_ready, -1);
  CHECK(service.phase() == Phase::serving);
  CHECK(service.take() == Words{"announce_ready"});
  CHECK(service.sequence.deadline() == kNever);
  CHECK_FALSE(service.sequence.ending());
}

TEST_CASE("a stop goes through every phase in order, each ending as soon as its work is done (G202)") {
  Driver service;
  service.serve().facts({.finite = 2, .streams = 1, .idle = 3}, -1).event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::draining);  // no lame duck: L is 0
  CHECK(service.take() == Words{"stop_accepting"});

  service.facts({.listeners_closed = true, .finite = 1, .streams = 1, .idle = 4}, 1);
  CHECK(service.phase() == Phase::draining);
  service.facts({.listeners_closed = true, .streams = 1, .idle = 4}, 2);
  CHECK(service.phase() == Phase::ending_streams);
  CHECK(service.take() == Words{"end_streams"});

  service.facts({.listeners_closed = true}, 3);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.take() == Words{"seal"});

  service.facts({.listeners_closed = true, .sealed = true}, 3.1);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.take() == Words{"signal_child"});
  CHECK(service.sequence.deadline() == at(28.25));  // the child has all that was saved

  service.facts({.listeners_closed = true, .sealed = true, .child_gone = true}, 4);
  CHECK(service.phase() == Phase::flushing);
  CHECK(service.take() == Words{"finish_workers"});

  service.facts(kNothingLeft, 4.5);
  CHECK(service.phase() == Phase::exiting);
  CHECK(service.take() == Words{"exit"});
  CHECK_FALSE(service.sequence.killed());
  CHECK(service.sequence.cause() == Cause::stop_requested);
  CHECK(service.sequence.deadline() == kNever);
}

TEST_CASE("a stop between two children, with no worker left to seal, signals nobody (P30)") {
  Driver service;
  service.serve().facts(kNothingLeft, -1).event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::exiting);
  CHECK(service.take() == Words{"stop_accepting", "end_streams", "seal", "finish_workers", "exit"});
}

TEST_CASE("without workers a stop runs straight to the child within one call") {
  Driver service;
  service.serve().facts({.listeners_closed = true, .sealed = true, .workers_finished = true}, -1);
  service.event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.take() == Words{"stop_accepting", "end_streams", "seal", "signal_child"});
  service.facts(kNothingLeft, 1);
  CHECK(service.phase() == Phase::exiting);
  CHECK(service.take() == Words{"finish_workers", "exit"});
}

TEST_CASE("the lame duck lasts its full time, whether or not anybody is there (decision 2)") {
  Driver service({.grace = seconds(30), .lame_duck = milliseconds(4500)});
  service.serve().event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::lame_duck);
  CHECK(service.take().empty());
  CHECK(service.sequence.deadline() == at(4.5));
  service.facts({}, 2).time(4.499);
  CHECK(service.phase() == Phase::lame_duck);
  service.time(4.5);
  CHECK(service.phase() == Phase::draining);
  CHECK(service.take() == Words{"stop_accepting"});
}

TEST_CASE("a drain ends only when the listeners are closed, requests are finished and jobs are done") {
  for (const Facts& facts : {Facts{.listeners_closed = false}, Facts{.listeners_closed = true, .finite = 1},
                             Facts{.listeners_closed = true, .jobs = 1}}) {
    Driver service;
    service.serve().event(Event::stop_requested, 0).facts(facts, 1);
    CHECK(service.phase() == Phase::draining);
  }
}

TEST_CASE("requests that outlive the drain are counted once, then streams end at once and the child is next") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true, .finite = 1, .streams = 2}, 1);
  service.take();
  service.time(20.749);
  CHECK(service.phase() == Phase::draining);
  CHECK(service.take().empty());
  service.time(20.75);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.take() == Words{"drop_finite", "end_streams", "seal"});
}

TEST_CASE("streams have their share and no more, and their end is no drop of requests") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true, .streams = 1}, 2);
  CHECK(service.phase() == Phase::ending_streams);
  CHECK(service.sequence.deadline() == at(7));  // 5 s from when they were told
  service.time(7);
  CHECK(service.phase() == Phase::sealing);
}

TEST_CASE("streams never move the end of the drain") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true, .streams = 1}, 20);
  CHECK(service.sequence.deadline() == at(20.75));
}

TEST_CASE("a request that arrives late on a surviving connection has the whole drain (decision 2)") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true, .idle = 1}, 1);
  service.facts({.listeners_closed = true, .finite = 1}, 5).take();
  service.time(6);
  CHECK(service.take() == Words{"seal"});  // streams and idle connections had their share; nothing new from here on
  service.facts({.listeners_closed = true, .sealed = true, .finite = 1}, 6.1);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.sequence.deadline() == at(20.75));
  SUBCASE("and when it is answered, the child is next") {
    service.facts({.listeners_closed = true, .sealed = true}, 12);
    CHECK(service.take() == Words{"signal_child"});
  }
  SUBCASE("and counts as dropped only at the drain's deadline") {
    service.time(20.75);
    CHECK(service.take() == Words{"drop_finite", "signal_child"});
  }
}

TEST_CASE("a child that outlives the stop timeout is killed once, and not a moment earlier (G202, P69)") {
  Driver service;
  service.serve().facts({.listeners_closed = true, .sealed = true}, -1).event(Event::stop_requested, 0);
  service.take();
  service.sequence.on_time(at(28.25) - nanoseconds(1));
  CHECK(service.take().empty());
  CHECK_FALSE(service.sequence.killed());
  service.time(28.25);
  CHECK(service.phase() == Phase::killing);
  CHECK(service.take() == Words{"kill_child"});
  CHECK(service.sequence.killed());
  service.time(28.3).facts({.listeners_closed = true, .sealed = true}, 28.35);
  CHECK(service.take().empty());
  service.facts({.listeners_closed = true, .sealed = true, .child_gone = true}, 28.4);
  CHECK(service.take() == Words{"finish_workers"});
}

TEST_CASE("a child that even SIGKILL does not end is not waited for (P44)") {
  Driver service;
  service.serve().facts({.listeners_closed = true, .sealed = true}, -1).event(Event::stop_requested, 0).time(28.25);
  CHECK(service.sequence.deadline() == at(28.5));
  service.take();
  service.time(28.5);
  CHECK(service.phase() == Phase::exiting);
  CHECK(service.take() == Words{"finish_workers", "kill_workers", "exit"});
}

TEST_CASE("clients that do not read are flushed until the exit, and then reset") {
  Driver service;
  service.serve().facts({.listeners_closed = true, .sealed = true}, -1).event(Event::stop_requested, 0);
  service.facts({.listeners_closed = true, .sealed = true, .child_gone = true}, 1);
  CHECK(service.phase() == Phase::flushing);
  CHECK(service.sequence.deadline() == at(28.5));
  service.take();
  service.time(28.5);
  CHECK(service.take() == Words{"kill_workers", "exit"});
}

TEST_CASE("a worker that does not answer the seal has half a second, then its seal counts as given (design.md 1.1)") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true}, 1);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.sequence.deadline() == at(1.5));
  service.take();
  service.time(1.5);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.take() == Words{"kill_unsealed", "signal_child"});
}

TEST_CASE("a late request on one worker is not given up because another worker did not answer the seal") {
  Driver service;
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true, .streams = 1}, 1).time(6).take();
  service.facts({.listeners_closed = true, .finite = 1}, 6.2).time(6.5);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.take() == Words{"kill_unsealed"});
  CHECK(service.sequence.deadline() == at(20.75));
  service.facts({.listeners_closed = true, .sealed = true}, 7);
  CHECK(service.take() == Words{"signal_child"});
}

TEST_CASE("the trace tells every step, also those that passed within one call") {
  Driver service({.grace = seconds(30), .lame_duck = seconds(1)});
  service.serve().event(Event::stop_requested, 0).facts({.listeners_closed = true}, 0.5).time(1);
  Words steps;
  while (const auto step = service.sequence.next_transition())
    steps.push_back(std::string(to_string(step->from)) + "/" + std::string(to_string(step->event)));
  CHECK(steps == Words{"starting/child_ready", "serving/stop_requested", "lame_duck/deadline", "draining/work_done",
                       "ending_streams/work_done"});
}

TEST_CASE("each change of phase is announced before anything else is done, and changes in a row are announced together") {
  Driver service;
  service.serve().event(Event::stop_requested, 0);
  CHECK(service.sequence.next_action() == Action::announce_phase);
  CHECK(service.sequence.next_action() == Action::stop_accepting);
  CHECK_FALSE(service.sequence.next_action().has_value());
}

}  // namespace lastcall::core
