// A stop that is confirmed by a platform which kills next: every end moves forward, none back.
#include "core/shutdown_sequence.h"

#include "sequence_driver.h"

namespace lastcall::core {

TEST_CASE("a confirmed stop ends within what is left: no new connections, a shorter drain, half of the rest for the child (G156)") {
  Driver service({.grace = seconds(30), .lame_duck = seconds(4)});
  service.serve().facts({.finite = 1}, -1).event(Event::stop_requested, 0);
  CHECK(service.phase() == Phase::lame_duck);
  service.sequence.shorten(seconds(2), at(1));
  CHECK(service.phase() == Phase::draining);
  CHECK(service.take() == Words{"stop_accepting"});
  const Deadlines ends = *service.sequence.deadlines();
  CHECK(ends.exit == at(3));
  CHECK(ends.kill == at(2.75));
  CHECK(ends.drain == at(1.875));
  service.facts({.listeners_closed = true, .finite = 1}, 1.1).time(1.875);
  CHECK(service.phase() == Phase::sealing);
  CHECK(service.take() == Words{"drop_finite", "end_streams", "seal"});
  service.facts({.listeners_closed = true, .sealed = true}, 1.9);
  CHECK(service.phase() == Phase::stopping);
  service.time(2.75);
  CHECK(service.phase() == Phase::killing);
  service.time(3);
  CHECK(service.phase() == Phase::exiting);
}

TEST_CASE("it is never made longer by that, and before a stop there is nothing to shorten (G156)") {
  Driver service({.grace = seconds(5)});
  service.serve();
  service.sequence.shorten(seconds(2), at(-1));
  CHECK(service.phase() == Phase::serving);
  service.event(Event::stop_requested, 0);
  const Deadlines before = *service.sequence.deadlines();
  service.sequence.shorten(seconds(2), at(4));
  CHECK(*service.sequence.deadlines() == before);
  service.sequence.shorten(seconds(2), at(1));
  const Deadlines once = *service.sequence.deadlines();
  CHECK(once.exit == at(3));
  service.sequence.shorten(seconds(2), at(1.5));
  CHECK(*service.sequence.deadlines() == once);
}

TEST_CASE("however late it comes, the exit is in time, also with an infinite grace (G156)") {
  for (const Duration left : {Duration::zero(), Duration(milliseconds(10)), Duration(seconds(2))}) {
    Driver service({.grace = kInfinite});
    service.serve().facts({.finite = 3}, -1).event(Event::stop_requested, 0);
    service.sequence.shorten(left, at(10));
    service.time(10).time(12.1).time(12.6);
    service.time(13);
    CHECK(service.phase() == Phase::exiting);
  }
}

}  // namespace lastcall::core
