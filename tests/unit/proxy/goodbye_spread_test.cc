// When WebSockets get their Close (G72).
#include "proxy/goodbye_spread.h"

#include <doctest/doctest.h>

using namespace lastcall;
using proxy::GoodbyeSpread;

namespace {

const TimePoint kNow = TimePoint(seconds(100));

GoodbyeSpread spread_of(std::size_t tunnels, TimePoint deadline) {
  GoodbyeSpread spread;
  spread.tunnels = tunnels;
  spread.start(kNow, deadline);
  return spread;
}

}  // namespace

TEST_CASE("a hundred are told at once, one more and they are spread") {
  GoodbyeSpread few = spread_of(100, kNever), many = spread_of(101, kNever);
  for (int i = 0; i < 100; ++i) CHECK(few.next(kNow) == kNow);
  CHECK(many.next(kNow) == kNow);
  CHECK(many.next(kNow) > kNow);
}

TEST_CASE("the spread is even, over half of the time but never more than a second (G72)") {
  GoodbyeSpread tight = spread_of(200, kNow + milliseconds(800)), wide = spread_of(200, kNever);
  for (int i = 0; i < 200; ++i) {
    CHECK(tight.next(kNow) == kNow + i * milliseconds(2));
    CHECK(wide.next(kNow) == kNow + i * milliseconds(5));
  }
}

TEST_CASE("whoever comes later, or without time, is told at once") {
  GoodbyeSpread spread = spread_of(101, kNow + seconds(10));
  for (int i = 0; i < 101; ++i) (void)spread.next(kNow);
  CHECK(spread.next(kNow + milliseconds(1)) == kNow + milliseconds(1));
  GoodbyeSpread late = spread_of(1000, kNow - seconds(1));
  for (int i = 0; i < 1000; ++i) CHECK(late.next(kNow) == kNow);
}

TEST_CASE("the spread begins once, whatever is said again") {
  GoodbyeSpread spread = spread_of(200, kNever);
  for (int i = 0; i < 100; ++i) (void)spread.next(kNow);
  spread.start(kNow + seconds(5), kNever);
  CHECK(spread.next(kNow) == kNow + milliseconds(500));
}

TEST_CASE("an answer may take as long as streams have, but not less than a second nor more than three (G72)") {
  CHECK(spread_of(1, kNow + milliseconds(2400)).answer_due(kNow) == kNow + milliseconds(2300));
  CHECK(spread_of(1, kNow + milliseconds(2400)).answer_due(kNow + seconds(2)) == kNow + seconds(3));
  CHECK(spread_of(1, kNow + seconds(10)).answer_due(kNow) == kNow + seconds(3));
  CHECK(spread_of(1, kNever).answer_due(kNow) == kNow + seconds(3));
  CHECK(spread_of(0, kNow - seconds(1)).answer_due(kNow) == kNow + seconds(1));
}
