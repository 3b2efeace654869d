#include "base/time.h"

#include <doctest/doctest.h>

namespace lastcall {

TEST_CASE("a wait moves a point in time by exactly its length") {
  const TimePoint start = TimePoint(seconds(100));
  CHECK(after(start, seconds(5)) == TimePoint(seconds(105)));
  CHECK(after(start, Duration::zero()) == start);
}

TEST_CASE("an infinite wait, and any wait after never, is never") {
  CHECK(after(TimePoint(seconds(1)), kInfinite) == kNever);
  CHECK(after(kNever, seconds(1)) == kNever);
  CHECK(after(kNever, kInfinite) == kNever);
  CHECK(after(TimePoint{}, kInfinite) == kNever);
}

TEST_CASE("a sum that would overflow is never, and the longest that fits is exact") {
  const TimePoint late = kNever - seconds(1);
  CHECK(after(late, seconds(2)) == kNever);
  CHECK(after(late, nanoseconds(999'999'999)) == kNever - nanoseconds(1));
}

TEST_CASE("milliseconds are rounded towards zero") {
  CHECK(to_ms(microseconds(1999)) == 1);
  CHECK(to_ms(seconds(3)) == 3000);
}

}  // namespace lastcall
