#include "supervisor/shutdown_recorder.h"

#include <doctest/doctest.h>

#include <memory>

#include "supervisor/counter_totals.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

TimePoint at(int ms) { return TimePoint(milliseconds(ms)); }

core::GraceBudget budget_of(Duration grace) { return core::GraceBudget::make({.grace = grace}).value(); }

struct Recorded {
  core::ShutdownSequence sequence{budget_of(seconds(10))};
  ShutdownRecorder recorder{at(0), true};
  void feed(core::Event event, TimePoint now) {
    sequence.on_event(event, now);
    while (const auto transition = sequence.next_transition()) recorder.transition(*transition, sequence);
  }
};

}  // namespace

TEST_CASE("the record has each phase with its begin, its end and what ended it, and T0 once (G189)") {
  Recorded one;
  one.feed(core::Event::child_ready, at(30));
  CHECK_FALSE(one.recorder.record().t0.has_value());
  one.recorder.stop_requested({.number = 15, .sender_pid = 4711, .sender_uid = 1000, .code = 0}, at(1000));
  one.feed(core::Event::stop_requested, at(1000));
  one.recorder.stop_requested({.number = 2, .sender_pid = 1, .sender_uid = 0, .code = 0}, at(1100));
  one.feed(core::Event::stop_requested, at(1100));

  const core::ShutdownRecord& record = one.recorder.record();
  CHECK(record.t0 == at(1000));
  CHECK(record.cause == core::Cause::stop_requested);
  CHECK(record.request.signal == 15);
  CHECK(record.request.sender_pid == 4711);
  CHECK(record.request.repeated == 1);
  REQUIRE(record.phases.size() == 4);  // starting, serving, lame_duck (no longer than its zero), draining
  CHECK(record.phases[0].end == at(30));
  CHECK(record.phases[1].why == "child_ready");
  CHECK(record.phases[1].end == at(1000));
  CHECK(record.phases[3].phase == core::Phase::draining);
  CHECK(record.phases[3].deadline == record.deadlines.drain);
  CHECK(record.phases[3].end == kNever);
}

TEST_CASE("drains by hand without number leave a bounded trace, and the stop's own phases are all there") {
  Recorded one;
  one.feed(core::Event::child_ready, at(1));
  for (int i = 0; i < 1000; ++i) {
    one.feed(core::Event::drain_requested, at(10 * i + 10));
    one.feed(core::Event::undrain_requested, at(10 * i + 15));
  }
  CHECK(one.recorder.record().phases.size() == core::kPhasesKept);
  CHECK(one.recorder.record().phases.back().phase == core::Phase::serving);
  one.feed(core::Event::stop_requested, at(20'000));
  const auto& phases = one.recorder.record().phases;
  CHECK(phases[phases.size() - 2].phase == core::Phase::lame_duck);
  CHECK(phases.back().phase == core::Phase::draining);
}

TEST_CASE("what was in flight at T0 stays what it was then") {
  Recorded one;
  one.recorder.update({.finite = 3, .idle = 7}, {}, 0);
  one.feed(core::Event::stop_requested, at(10));
  one.recorder.update({.finite = 1, .idle = 0}, {}, 2);
  CHECK(one.recorder.record().at_t0.finite == 3);
  CHECK(one.recorder.record().at_t0.idle == 7);
  CHECK(one.recorder.record().live.finite == 1);
  CHECK(one.recorder.record().worker_restarts == 2);
}

TEST_CASE("the totals are the sum of the workers' pages, the dead ones included") {
  const auto page = std::make_unique<proto::CountersPage>();
  page->add(proto::Counter::requests, 5);
  page->add(proto::Counter::dropped_finite, 2);
  page->add(proto::Counter::idle_closed, 1);
  proto::CounterSums sums;
  sums.add(*page);
  sums.add(*page);
  const core::CounterTotals totals = totals_of(sums);
  CHECK(totals.requests == 10);
  CHECK(totals.dropped_finite == 4);
  CHECK(totals.idle_closed == 2);
  CHECK(totals.finished == 0);
}
