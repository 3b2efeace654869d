#include "core/health_check.h"

#include <doctest/doctest.h>

#include <random>

namespace lastcall::core {
namespace {

constexpr TimePoint kStart = TimePoint(seconds(1000));
constexpr TimePoint at(int ms) { return kStart + milliseconds(ms); }

constexpr HealthOptions kProbes{.probes = true, .interval = seconds(10), .rise = 1, .fall = 3};
constexpr HealthOptions kWatchdog{.watchdog = seconds(30)};

using Action = std::optional<HealthAction>;

// A HealthCheck whose child is ready at kStart.
struct Ready : HealthCheck {
  explicit Ready(const HealthOptions& options) : HealthCheck(options) { on_ready(kStart); }
  Action time(TimePoint now) {
    on_time(now);
    return next_action();
  }
  Action answer(bool well, TimePoint now) {
    on_answer(well, now);
    return next_action();
  }
  // One question at its time, answered at once.
  Action round(bool well) {
    const TimePoint now = deadline();
    CHECK(time(now) == HealthAction::ask);
    return answer(well, now);
  }
};

}  // namespace

TEST_CASE("before a child is ready nobody asks whether it lives, and one without a check is never asked") {
  HealthCheck check(kProbes);
  CHECK(check.deadline() == kNever);
  check.on_time(at(100'000));
  CHECK_FALSE(check.next_action());
  Ready without{HealthOptions{}};
  CHECK(without.deadline() == kNever);
  CHECK_FALSE(without.time(at(1'000'000'000)));
}

TEST_CASE("the first question comes an interval after readiness, the next an interval after that, however late the answer") {
  Ready check(kProbes);
  CHECK(check.deadline() == at(10'000));
  CHECK_FALSE(check.time(at(9'999)));
  CHECK(check.time(at(10'000)) == HealthAction::ask);
  CHECK_FALSE(check.answer(true, at(10'900)));
  CHECK(check.deadline() == at(20'000));
}

TEST_CASE("a question never overlaps the one before: an answer later than the interval delays the next") {
  Ready check(kProbes);
  CHECK(check.time(at(10'000)) == HealthAction::ask);
  CHECK(check.deadline() == kNever);
  CHECK_FALSE(check.time(at(35'000)));
  CHECK(check.asking());
  CHECK_FALSE(check.answer(true, at(36'000)));
  CHECK(check.deadline() == at(36'000));
  CHECK(check.time(at(36'000)) == HealthAction::ask);
}

TEST_CASE("a child is given up at the fall-th bad answer, and not one earlier, and only once") {
  Ready check(kProbes);
  CHECK_FALSE(check.round(false));
  CHECK_FALSE(check.round(false));
  CHECK(check.bad_answers() == 2);
  CHECK(check.round(false) == HealthAction::probes_failed);
  CHECK(check.resting());
  CHECK(check.deadline() == kNever);
  CHECK_FALSE(check.time(at(1'000'000)));
  CHECK_FALSE(check.answer(false, at(1'000'000)));
}

TEST_CASE("with rise 1 one good answer makes the bad ones forgotten") {
  Ready check(kProbes);
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(check.round(false));
    CHECK_FALSE(check.round(false));
    CHECK_FALSE(check.round(true));
    CHECK(check.bad_answers() == 0);
  }
}

TEST_CASE("with rise 2 a child that fails every other time is given up") {
  Ready check({.probes = true, .rise = 2, .fall = 3});
  CHECK_FALSE(check.round(false));
  CHECK_FALSE(check.round(true));
  CHECK_FALSE(check.round(false));
  CHECK_FALSE(check.round(true));
  CHECK(check.round(false) == HealthAction::probes_failed);
}

TEST_CASE("with rise 2 two good answers in a row make the bad ones forgotten") {
  Ready check({.probes = true, .rise = 2, .fall = 2});
  CHECK_FALSE(check.round(false));
  CHECK_FALSE(check.round(true));
  CHECK_FALSE(check.round(true));
  CHECK_FALSE(check.round(false));
  CHECK(check.round(false) == HealthAction::probes_failed);
}

TEST_CASE("the next child starts with a clean sheet") {
  Ready check(kProbes);
  CHECK_FALSE(check.round(false));
  CHECK_FALSE(check.round(false));
  CHECK(check.round(false) == HealthAction::probes_failed);
  check.on_ready(at(60'000));
  CHECK(check.bad_answers() == 0);
  CHECK(check.deadline() == at(70'000));
  CHECK_FALSE(check.round(false));
}

TEST_CASE("a child that ends is asked nothing more, and an answer that comes later means nothing (P80)") {
  Ready check({.probes = true, .fall = 1});
  CHECK(check.time(at(10'000)) == HealthAction::ask);
  check.on_rest();
  CHECK_FALSE(check.answer(false, at(10'100)));
  CHECK(check.deadline() == kNever);
  CHECK_FALSE(check.time(at(99'000)));
}

TEST_CASE("an answer to the child before does not count for the next one") {
  Ready check({.probes = true, .fall = 1});
  CHECK(check.time(at(10'000)) == HealthAction::ask);
  check.on_rest();
  check.on_ready(at(11'000));
  CHECK_FALSE(check.answer(false, at(11'500)));
  CHECK_FALSE(check.resting());
}

TEST_CASE("a watchdog is missed when its time is over, and not a moment earlier") {
  Ready check(kWatchdog);
  CHECK(check.deadline() == at(30'000));
  CHECK_FALSE(check.time(at(29'999)));
  check.on_sign_of_life(at(29'999));
  CHECK(check.deadline() == at(59'999));
  CHECK_FALSE(check.time(at(30'000)));
  CHECK(check.time(at(59'999)) == HealthAction::watchdog_missed);
  CHECK(check.resting());
  check.on_sign_of_life(at(60'000));
  CHECK(check.deadline() == kNever);
}

TEST_CASE("a child that says itself that it is not well is believed") {
  Ready check(kWatchdog);
  check.on_watchdog_tripped(at(5));
  CHECK(check.next_action() == HealthAction::watchdog_missed);
  Ready probed(kProbes);
  probed.on_watchdog_tripped(at(5));  // it was not asked to feed one
  CHECK_FALSE(probed.next_action());
  CHECK_FALSE(probed.resting());
}

TEST_CASE("a child may change the time of its watchdog, but not begin one that nobody asked for") {
  Ready check(kWatchdog);
  check.on_watchdog_changed(seconds(5), at(1000));
  CHECK(check.deadline() == at(6000));
  check.on_sign_of_life(at(2000));
  CHECK(check.deadline() == at(7000));
  check.on_ready(at(8000));  // the next one has the time of the settings
  CHECK(check.deadline() == at(38'000));
  Ready probed(kProbes);
  probed.on_watchdog_changed(seconds(1), at(0));
  CHECK(probed.deadline() == at(10'000));
}

TEST_CASE("a watchdog bites while a question is open") {
  Ready check({.probes = true, .interval = seconds(1), .fall = 3, .watchdog = seconds(3)});
  CHECK(check.time(at(1000)) == HealthAction::ask);
  CHECK(check.deadline() == at(3000));
  CHECK(check.time(at(3000)) == HealthAction::watchdog_missed);
}

TEST_CASE("a child that was stopped together with us is not blamed for its silence (P43)") {
  Ready check({.probes = true, .interval = seconds(10), .fall = 1, .watchdog = seconds(30)});
  CHECK(check.time(at(10'000)) == HealthAction::ask);
  check.on_resumed(at(500'000));
  CHECK_FALSE(check.answer(false, at(500'001)));
  CHECK_FALSE(check.time(at(500'001)));
  CHECK(check.deadline() == at(510'000));
  CHECK_FALSE(check.resting());
  HealthCheck never_ready(kWatchdog);
  never_ready.on_resumed(at(0));
  CHECK(never_ready.deadline() == kNever);
}

TEST_CASE("a watchdog whose time passed while nobody could hear the child, in a frozen container, begins anew") {
  Ready check(kWatchdog);
  CHECK_FALSE(check.time(at(30'250)));
  CHECK(check.deadline() == at(60'250));
  CHECK(check.time(at(60'499)) == HealthAction::watchdog_missed);  // a loop that is merely late
}

TEST_CASE("in any order of events it asks one question at a time, gives up only for a reason, and then rests") {
  std::minstd_rand random(7);
  for (int run = 0; run < 300; ++run) {
    const auto few = [&] { return static_cast<std::uint32_t>(1 + random() % 3); };
    const HealthOptions options{.probes = true, .interval = seconds(1), .rise = few(), .fall = few(),
                                .watchdog = random() % 2 == 0 ? seconds(5) : kInfinite};
    Ready check(options);
    TimePoint now = kStart, sign = kStart;
    std::uint32_t bad = 0;
    bool open = false;
    for (int step = 0; step < 200 && !check.resting(); ++step) {
      now += milliseconds(static_cast<int>(random() % 700));
      Action action;
      if (open && random() % 2 == 0) {
        const bool well = random() % 3 != 0;
        bad += well ? 0 : 1;
        open = false;
        action = check.answer(well, now);
      } else if (random() % 4 == 0) {
        check.on_sign_of_life(sign = now);
      } else {
        action = check.time(now);
      }
      if (action == HealthAction::ask) {
        CHECK_FALSE(open);
        open = true;
      }
      if (action == HealthAction::probes_failed) CHECK(bad >= options.fall);
      if (action == HealthAction::watchdog_missed) CHECK(now - sign >= options.watchdog);
      CHECK(check.resting() == (action && action != HealthAction::ask));
    }
  }
}

}  // namespace lastcall::core
