#include "core/idle_policy.h"

#include <doctest/doctest.h>

namespace lastcall::core {
namespace {

constexpr TimePoint at(Duration value) { return TimePoint(seconds(100)) + value; }
const IdlePolicy kPolicy;

}  // namespace

TEST_CASE("a client that asked once is let go after a second of silence (decision 27)") {
  CHECK(kPolicy.close_at(at(seconds(0)), Duration::zero(), at(seconds(0)), kNever) == at(seconds(1)));
}

TEST_CASE("a client that polls is given one and a half of its own longest pause") {
  CHECK(kPolicy.close_at(at(seconds(0)), seconds(2), at(seconds(0)), kNever) == at(seconds(3)));
  CHECK(kPolicy.close_at(at(seconds(0)), milliseconds(40), at(seconds(0)), kNever) == at(seconds(1)));
}

TEST_CASE("nobody is kept longer than the linger after connections began to be closed") {
  CHECK(kPolicy.close_at(at(seconds(0)), seconds(4), at(seconds(0)), kNever) == at(seconds(5)));
  CHECK(kPolicy.close_at(at(seconds(3)), seconds(2), at(seconds(0)), kNever) == at(seconds(5)));
}

TEST_CASE("a client that is not expected before the limit is not waited for: a cut then would only be closer to its next request") {
  CHECK(kPolicy.close_at(at(seconds(0)), seconds(10), at(seconds(0)), kNever) == at(seconds(1)));
  CHECK(kPolicy.close_at(at(seconds(0)), kInfinite, at(seconds(0)), kNever) == at(seconds(1)));
  CHECK(kPolicy.close_at(at(seconds(-6)), seconds(10), at(seconds(0)), kNever) == at(seconds(5)));
}

TEST_CASE("a connection that has been idle for long enough already is closed at once") {
  const TimePoint when = kPolicy.close_at(at(seconds(-60)), seconds(2), at(seconds(0)), kNever);
  CHECK(when == at(seconds(-57)));
  CHECK(when < at(seconds(0)));
}

TEST_CASE("the drain's deadline is never passed, and a connection is never closed before it fell idle") {
  CHECK(kPolicy.close_at(at(seconds(0)), seconds(2), at(seconds(0)), at(milliseconds(500))) == at(milliseconds(500)));
  CHECK(kPolicy.close_at(at(seconds(9)), seconds(2), at(seconds(0)), kNever) == at(seconds(9)));
}

TEST_CASE("shortest and linger can be set") {
  const IdlePolicy policy{.shortest = milliseconds(100), .linger = seconds(60)};
  CHECK(policy.close_at(at(seconds(0)), Duration::zero(), at(seconds(0)), kNever) == at(milliseconds(100)));
  CHECK(policy.close_at(at(seconds(0)), seconds(20), at(seconds(0)), kNever) == at(seconds(30)));
}

}  // namespace lastcall::core
