#include "core/grace_budget.h"

#include <doctest/doctest.h>

#include <string>

namespace lastcall::core {
namespace {

constexpr TimePoint kT0 = TimePoint(seconds(1000));

Duration secs(double value) { return Duration(static_cast<Duration::rep>(value * 1e9)); }

GraceBudget made(const GraceOptions& options) {
  auto result = GraceBudget::make(options);
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? std::string() : result.error().message));
  return result.value();
}

std::string refusal(const GraceOptions& options) {
  const auto result = GraceBudget::make(options);
  REQUIRE_FALSE(result.ok());
  return result.error().message;
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// What must hold for every budget that is accepted.
void check_order(const GraceBudget& budget) {
  const Deadlines ends = budget.deadlines(kT0);
  CHECK(ends.t0 == kT0);
  CHECK(ends.t0 <= ends.lame);
  CHECK(ends.lame <= ends.drain);
  CHECK(ends.drain <= ends.kill);
  CHECK(ends.kill <= ends.exit);
  if (budget.grace != kInfinite && budget.grace > Duration::zero()) CHECK(ends.exit <= after(kT0, budget.grace));
}

}  // namespace

TEST_CASE("the platforms' budgets are those of the table in graceful.md, section 11") {
  struct Platform {
    const char* name;
    double grace, margin, lame, drain, stop, kill;
  };
  const Platform platforms[] = {
      {"Fly.io", 5, 0.25, 0, 3.25, 1.25, 4.5},       {"Docker, Cloud Run, tty", 10, 0.5, 0, 6.75, 2.5, 9.25},
      {"Heroku, ECS, default", 30, 1.5, 0, 20.75, 7.5, 28.25}, {"Kubernetes", 30, 1.5, 4.5, 16.25, 7.5, 28.25},
      {"systemd", 90, 2, 0, 77.75, 10, 87.75},       {"ECS max", 120, 2, 0, 107.75, 10, 117.75},
  };
  for (const Platform& row : platforms) {
    CAPTURE(row.name);
    GraceOptions options{.grace = secs(row.grace)};
    if (row.lame > 0) options.lame_duck = secs(row.lame);
    const GraceBudget budget = made(options);
    CHECK(budget.margin == secs(row.margin));
    CHECK(budget.kill_reserve == milliseconds(250));
    CHECK(budget.lame_duck == secs(row.lame));
    CHECK(budget.drain == secs(row.drain));
    CHECK(budget.stop == secs(row.stop));
    const Deadlines ends = budget.deadlines(kT0);
    CHECK(ends.lame == kT0 + secs(row.lame));
    CHECK(ends.drain == kT0 + secs(row.lame + row.drain));
    CHECK(ends.kill == kT0 + secs(row.kill));
    CHECK(ends.exit == kT0 + secs(row.grace - row.margin));
    check_order(budget);
  }
}

TEST_CASE("streams get a quarter of the drain, at most 5 s") {
  CHECK(made({.grace = seconds(5)}).stream_drain == secs(3.25) / 4);
  CHECK(made({.grace = seconds(90)}).stream_drain == seconds(5));
}

TEST_CASE("a grace under 4 s is shared by fractions, so that something is left for everyone (decision 4)") {
  const GraceBudget one = made({.grace = seconds(1)});
  CHECK(one.margin == milliseconds(50));
  CHECK(one.kill_reserve == milliseconds(50));
  CHECK(one.stop == milliseconds(250));
  CHECK(one.drain == milliseconds(650));
  CHECK(made({.grace = seconds(4)}).margin == milliseconds(250));
  for (const Duration grace : {Duration(milliseconds(1)), Duration(milliseconds(3999)), Duration(seconds(4)), Duration(seconds(86400))})
    check_order(made({.grace = grace}));
}

TEST_CASE("grace 0 kills at once, and only the reaping may still take its quarter of a second (P78)") {
  const GraceBudget zero = made({.grace = Duration::zero()});
  const Deadlines ends = zero.deadlines(kT0);
  CHECK(ends.drain == kT0);
  CHECK(ends.kill == kT0);
  CHECK(ends.exit == kT0 + milliseconds(250));
  CHECK(contains(refusal({.grace = Duration::zero(), .stop_timeout = seconds(1)}), "stop_timeout 1s"));
}

TEST_CASE("an infinite grace sets no deadline (decision 4)") {
  const Deadlines ends = made({.grace = kInfinite}).deadlines(kT0);
  CHECK(ends.lame == kT0);
  CHECK(ends.drain == kNever);
  CHECK(ends.kill == kNever);
  CHECK(ends.exit == kNever);
}

TEST_CASE("an infinite grace keeps the shorter deadlines that the user wrote") {
  const GraceBudget drained = made({.grace = kInfinite, .drain_timeout = seconds(60)});
  CHECK(drained.deadlines(kT0).drain == kT0 + seconds(60));
  CHECK(drained.deadlines(kT0).kill == kNever);
  const GraceBudget both = made({.grace = kInfinite, .lame_duck = seconds(1), .drain_timeout = seconds(60), .stop_timeout = seconds(9)});
  CHECK(both.deadlines(kT0).kill == kT0 + seconds(70));
  CHECK(both.deadlines(kT0).exit == kT0 + seconds(70) + milliseconds(250));
  CHECK(made({.grace = kInfinite, .stop_timeout = seconds(9)}).stop == seconds(9));
}

TEST_CASE("cleanup hooks take their sum, at most a fifth of the grace, from before T_kill (decision 3)") {
  const GraceBudget small = made({.grace = seconds(30), .cleanup_hooks = seconds(2)});
  CHECK(small.hooks == seconds(2));
  CHECK(small.deadlines(kT0).kill == kT0 + secs(26.25));
  CHECK(small.deadlines(kT0).exit == kT0 + secs(28.5));
  CHECK(made({.grace = seconds(30), .cleanup_hooks = seconds(60)}).hooks == seconds(6));
  CHECK(made({.grace = seconds(30), .cleanup_hooks = kInfinite}).hooks == seconds(6));
  CHECK(made({.grace = kInfinite, .cleanup_hooks = kInfinite}).deadlines(kT0).exit == kNever);
}

TEST_CASE("a written stop_timeout replaces the child's reserve, and the drain gets the rest") {
  const GraceBudget budget = made({.grace = seconds(30), .stop_timeout = seconds(20)});
  CHECK(budget.stop == seconds(20));
  CHECK(budget.drain == secs(8.25));
  CHECK(budget.deadlines(kT0).kill == kT0 + secs(28.25));
}

TEST_CASE("a written drain_timeout ends the drain early, and what it saves goes to the child") {
  const GraceBudget budget = made({.grace = seconds(30), .drain_timeout = seconds(5)});
  CHECK(budget.deadlines(kT0).drain == kT0 + seconds(5));
  CHECK(budget.deadlines(kT0).kill == kT0 + secs(28.25));
  CHECK(made({.grace = seconds(30), .drain_timeout = Duration::zero()}).deadlines(kT0).drain == kT0);
}

TEST_CASE("steps with times of their own are the child's reserve and its limit; an open last step gets at least a second") {
  const GraceBudget closed = made({.grace = seconds(30), .stop_steps = seconds(15)});
  CHECK(closed.stop == seconds(15));
  CHECK(closed.stop_at_most == seconds(15));
  CHECK(closed.drain == secs(30 - 1.5 - 0.25 - 15));
  check_order(closed);
  const GraceBudget open = made({.grace = seconds(30), .stop_steps = seconds(15), .last_step_is_open = true});
  CHECK(open.stop == seconds(16));
  CHECK(open.stop_at_most == kInfinite);
  CHECK(made({.grace = seconds(30), .stop_steps = seconds(2), .last_step_is_open = true}).stop == secs(7.5));
  CHECK(made({.grace = seconds(30), .stop_timeout = seconds(20), .stop_steps = seconds(2), .last_step_is_open = true}).stop == seconds(20));
  CHECK(made({.grace = kInfinite, .stop_steps = seconds(15)}).stop_at_most == seconds(15));
  CHECK(made({.grace = kInfinite, .stop_steps = seconds(15)}).stop == seconds(15));
  CHECK(made({.grace = seconds(30)}).stop_at_most == kInfinite);
  for (const char* part : {"grace 10s", "stop.steps 15s", "lower lame_duck or stop.steps"})
    CHECK(contains(refusal({.grace = seconds(10), .stop_steps = seconds(15)}), part));
  // Written steps never shrink to make room for a written drain.
  CHECK_FALSE(GraceBudget::make({.grace = seconds(10), .drain_timeout = seconds(8), .stop_steps = seconds(5)}).ok());
  CHECK(contains(refusal({.grace = seconds(10), .stop_steps = kInfinite}), "stop.steps infinity"));
}

TEST_CASE("only what the user wrote can be too much: a default stop_timeout makes room for a written drain_timeout (decision 4)") {
  const GraceBudget budget = made({.grace = seconds(30), .drain_timeout = seconds(25)});
  CHECK(budget.drain == seconds(25));
  CHECK(budget.stop == secs(3.25));
  check_order(budget);
  CHECK_FALSE(GraceBudget::make({.grace = seconds(30), .drain_timeout = secs(28.25)}).ok());  // nothing would be left for the child
  CHECK(GraceBudget::make({.grace = seconds(30), .drain_timeout = secs(18.25), .stop_timeout = seconds(10)}).ok());
  CHECK_FALSE(GraceBudget::make({.grace = seconds(30), .drain_timeout = secs(18.26), .stop_timeout = seconds(10)}).ok());
}

TEST_CASE("numbers that do not fit are refused, all of them named, with what to change") {
  const std::string text = refusal({.grace = seconds(10), .lame_duck = seconds(8)});
  for (const char* part : {"grace 10s", "lame_duck 8s", "stop_timeout 2s500ms", "margin 500ms", "kill 250ms", "raise grace"}) {
    CAPTURE(part);
    CHECK(contains(text, part));
  }
  CHECK_FALSE(GraceBudget::make({.grace = seconds(10), .lame_duck = secs(6.75)}).ok());  // L + C + m + k = G
  CHECK(GraceBudget::make({.grace = seconds(10), .lame_duck = secs(6.74)}).ok());
  CHECK(contains(refusal({.grace = seconds(10), .drain_timeout = seconds(8), .stop_timeout = seconds(5), .cleanup_hooks = seconds(1)}),
                 "cleanup hooks 1s"));
}

TEST_CASE("an endless part fits into no finite grace, and a lame duck without an end into none at all") {
  CHECK(contains(refusal({.grace = seconds(10), .stop_timeout = kInfinite}), "stop_timeout infinity"));
  CHECK(contains(refusal({.grace = seconds(10), .drain_timeout = kInfinite}), "drain_timeout infinity"));
  CHECK(contains(refusal({.grace = kInfinite, .lame_duck = kInfinite}), "lame_duck infinity"));
  CHECK(GraceBudget::make({.grace = kInfinite, .drain_timeout = kInfinite, .stop_timeout = kInfinite}).ok());
  CHECK(contains(refusal({.grace = seconds(10), .stop_timeout = seconds(-1)}), "stop_timeout"));
}

}  // namespace lastcall::core
