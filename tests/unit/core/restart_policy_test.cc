#include "core/restart_policy.h"

#include <doctest/doctest.h>

namespace lastcall::core {
namespace {

constexpr TimePoint kStart = TimePoint(seconds(1000));
constexpr TimePoint at(int ms) { return kStart + milliseconds(ms); }

RestartPolicy policy(RestartOptions options, double chance = 1.0) {
  return RestartPolicy(std::move(options), [chance] { return chance; });
}

RestartOptions always() {
  RestartOptions options;
  options.mode = RestartMode::always;
  return options;
}

RestartOptions on_failure() {
  RestartOptions options;
  options.mode = RestartMode::on_failure;
  return options;
}

}  // namespace

TEST_CASE("by default no end is followed by another start") {
  for (const std::optional<int> code : {std::optional<int>(0), std::optional<int>(1), std::optional<int>()})
    CHECK_FALSE(policy({}).on_end(code, at(0)));
}

TEST_CASE("on_failure starts again after a failure and not after success; always after both") {
  CHECK(policy(on_failure()).on_end(1, at(0)));
  CHECK(policy(on_failure()).on_end(143, at(0)));
  CHECK(policy(on_failure()).on_end(std::nullopt, at(0)));  // it could not even be started (P93)
  CHECK_FALSE(policy(on_failure()).on_end(0, at(0)));
  CHECK(policy(always()).on_end(0, at(0)));
  CHECK(policy(always()).on_end(1, at(0)));
}

TEST_CASE("codes by config are successes, or forbid every other start") {
  RestartOptions options = on_failure();
  options.success_codes = {143};
  options.stop_codes = {3};
  CHECK_FALSE(policy(options).on_end(143, at(0)));
  CHECK_FALSE(policy(options).on_end(3, at(0)));
  CHECK(policy(options).on_end(4, at(0)));
  options.mode = RestartMode::always;
  CHECK(policy(options).on_end(143, at(0)));
  CHECK_FALSE(policy(options).on_end(3, at(0)));
}

TEST_CASE("each pause is twice the one before, up to the cap (P93)") {
  RestartOptions options = always();
  options.delay = milliseconds(100);
  options.max_delay = milliseconds(500);
  RestartPolicy tested = policy(options);
  for (const int pause : {100, 200, 400, 500, 500}) CHECK(tested.on_end(1, at(0)) == at(pause));
}

TEST_CASE("chance takes away up to half of a pause, never more, and adds nothing") {
  CHECK(policy(always(), 0.0).on_end(1, at(0)) == at(50));
  CHECK(policy(always(), 0.5).on_end(1, at(0)) == at(75));
  CHECK(policy(always(), 1.0).on_end(1, at(0)) == at(100));
}

TEST_CASE("a pause without a cap grows without an overflow") {
  RestartOptions options = always();
  options.max_delay = kInfinite;
  options.limit = 0;
  RestartPolicy tested = policy(options);
  TimePoint last = at(0);
  for (int i = 0; i < 100; ++i) {
    const TimePoint next = *tested.on_end(1, at(0));
    CHECK(next >= last);
    last = next;
  }
}

TEST_CASE("after a time of being well the pauses begin anew; a shorter one, or a start that never was ready, changes nothing") {
  RestartPolicy tested = policy(always());
  CHECK(tested.on_end(1, at(0)) == at(100));
  CHECK(tested.on_end(1, at(60'000)) == at(60'200));  // it ran for a minute, but was never ready
  tested.on_well(at(60'200));
  CHECK(tested.on_end(1, at(70'199)) == at(70'599));
  tested.on_well(at(70'600));
  CHECK(tested.on_end(1, at(80'600)) == at(80'700));
  CHECK(tested.attempt() == 1);
}

TEST_CASE("so many restarts within the window, and the next end is final (P94); older ones don't count") {
  RestartOptions options = always();
  options.limit = 2;
  options.window = seconds(10);
  RestartPolicy tested = policy(options);
  CHECK(tested.on_end(1, at(0)));
  CHECK(tested.on_end(1, at(5'000)));
  CHECK(tested.on_end(1, at(10'000)));  // the first is just outside
  CHECK_FALSE(tested.gave_up());
  CHECK_FALSE(tested.on_end(1, at(14'999)));
  CHECK(tested.gave_up());
}

TEST_CASE("a final end that the limit did not cause is not called giving up") {
  RestartPolicy tested = policy(on_failure());
  CHECK_FALSE(tested.on_end(0, at(0)));
  CHECK_FALSE(tested.gave_up());
}

TEST_CASE("one that was killed by hand has not failed: another follows after the first pause, and neither pause nor limit grows") {
  RestartOptions options = on_failure();
  options.limit = 1;
  options.success_codes = {137};
  RestartPolicy tested = policy(options);
  for (int i = 0; i < 100; ++i) CHECK(tested.on_killed(at(i)) == at(i + 100));
  CHECK(tested.on_end(1, at(200)) == at(300));
  CHECK(tested.on_killed(at(300)) == at(400));
  CHECK_FALSE(tested.gave_up());
  CHECK_FALSE(tested.on_end(1, at(500)));
  CHECK(tested.gave_up());
  CHECK_FALSE(policy({}).on_killed(at(0)));  // nothing is ever started again
}

}  // namespace lastcall::core
