#include "core/respawn_policy.h"

#include <doctest/doctest.h>

#include <vector>

namespace lastcall::core {
namespace {

constexpr TimePoint at(double value) { return TimePoint(seconds(100)) + Duration(static_cast<Duration::rep>(value * 1e9)); }

}  // namespace

TEST_CASE("the first two deaths in ten seconds are replaced at once") {
  RespawnPolicy policy;
  CHECK(policy.on_death(at(0)) == at(0));
  CHECK(policy.on_death(at(1)) == at(1));
}

TEST_CASE("from the third death in ten seconds the wait doubles from 100 ms") {
  RespawnPolicy policy;
  const double waits[] = {0, 0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0};
  double now = 0;
  int death = 0;
  for (const double wait : waits) {
    CAPTURE(++death);
    const auto next = policy.on_death(at(now));
    REQUIRE(next.has_value());
    CHECK(*next == at(now) + Duration(static_cast<Duration::rep>(wait * 1e9)));
  }
  CHECK_FALSE(policy.on_death(at(now)).has_value());
}

TEST_CASE("ten deaths in sixty seconds mean that replacing helps nobody") {
  RespawnPolicy policy;
  for (int i = 0; i < 9; ++i) CHECK(policy.on_death(at(i * 6)).has_value());
  CHECK_FALSE(policy.on_death(at(59.9)).has_value());
}

TEST_CASE("a worker that dies every seven seconds is replaced for ever") {
  RespawnPolicy policy;
  for (int i = 0; i < 1000; ++i) CHECK(policy.on_death(at(i * 7)) == at(i * 7));
}

TEST_CASE("deaths of long ago are forgotten") {
  RespawnPolicy policy;
  for (int i = 0; i < 9; ++i) policy.on_death(at(0));
  CHECK(policy.on_death(at(60)) == at(60));
}

}  // namespace lastcall::core
