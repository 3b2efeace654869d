#include "core/hook_plan.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace lastcall;
using namespace lastcall::core;
using Kind = HookEnd::Kind;

namespace {

constexpr TimePoint kStart = TimePoint(seconds(1000));
constexpr TimePoint at(int s) { return kStart + seconds(s); }

Hook on(HookEvent event, const std::string& name, Duration timeout = seconds(5)) { return {.on = event, .name = name, .timeout = timeout}; }

// Ends each hook at once, and tells the names in the order in which they ran.
std::vector<std::string> run_all(HookPlan& plan, TimePoint now = kStart) {
  std::vector<std::string> names;
  while (const auto start = plan.next_start(now)) {
    names.push_back(plan.hook(start->id).name);
    plan.on_end(start->id, {}, now);
  }
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("drained hooks run as they are written, cleanup hooks in reverse (decision 3)") {
  HookPlan plan({on(HookEvent::drained, "a"), on(HookEvent::cleanup, "x"), on(HookEvent::drained, "b"), on(HookEvent::cleanup, "y")});
  plan.begin(HookEvent::drained, {}, kNever);
  CHECK(run_all(plan) == Names{"a", "b"});
  plan.begin(HookEvent::cleanup, {}, kNever);
  CHECK(run_all(plan) == Names{"y", "x"});
}

TEST_CASE("handlers registered at run time come first, the last registered before the others") {
  HookPlan plan({on(HookEvent::drained, "configured")});
  CHECK(plan.register_hook(HookEvent::drained, "first", seconds(1)) == HookRefusal::none);
  CHECK(plan.register_hook(HookEvent::cleanup, "other", seconds(1)) == HookRefusal::none);
  CHECK(plan.register_hook(HookEvent::drained, "second", seconds(1)) == HookRefusal::none);
  plan.begin(HookEvent::drained, {}, kNever);
  CHECK(run_all(plan) == Names{"second", "first", "configured"});
}

TEST_CASE("one hook of an event runs at a time, those of two events beside each other") {
  HookPlan plan({on(HookEvent::drained, "a"), on(HookEvent::drained, "b"), on(HookEvent::draining, "d")});
  plan.begin(HookEvent::draining, {}, kNever);
  plan.begin(HookEvent::drained, {}, kNever);
  const auto d = plan.next_start(kStart), a = plan.next_start(kStart);
  REQUIRE(d);
  REQUIRE(a);
  CHECK(plan.hook(a->id).name == "a");
  CHECK_FALSE(plan.next_start(kStart));
  CHECK(plan.running().size() == 2);
  plan.on_end(a->id, {.kind = Kind::failed, .why = "exit code 3"}, at(1));  // its failure stops nobody
  CHECK(plan.hook(plan.next_start(at(1))->id).name == "b");
}

TEST_CASE("a hook has its own timeout where the queue has time for all, and never more than the queue has") {
  HookPlan plan({on(HookEvent::drained, "a", seconds(4)), on(HookEvent::drained, "b", seconds(4))});
  plan.begin(HookEvent::drained, {}, at(8));
  const auto a = plan.next_start(kStart);
  CHECK(a->until == at(4));
  plan.on_end(a->id, {.kind = Kind::timed_out}, at(5));  // late: the machine was busy
  CHECK(plan.next_start(at(5))->until == at(8));
}

TEST_CASE("where time is short each hook keeps its share: one that hangs never eats the time of those after it") {
  HookPlan plan({on(HookEvent::drained, "hangs", seconds(10)), on(HookEvent::drained, "next", seconds(10))});
  plan.begin(HookEvent::drained, {}, at(6));
  const auto hangs = plan.next_start(kStart);
  CHECK(hangs->until == at(3));
  plan.on_end(hangs->id, {.kind = Kind::timed_out}, at(3));
  CHECK(plan.next_start(at(3))->until == at(6));
}

TEST_CASE("a short one leaves what it does not want to the long one before it") {
  HookPlan plan({on(HookEvent::drained, "long", seconds(10)), on(HookEvent::drained, "short", seconds(1))});
  plan.begin(HookEvent::drained, {}, at(6));
  CHECK(plan.next_start(kStart)->until == at(5));
}

TEST_CASE("hooks without any time left are told as skipped, each by name") {
  HookPlan plan({on(HookEvent::drained, "a"), on(HookEvent::drained, "b")});
  plan.begin(HookEvent::drained, {}, kStart);
  CHECK_FALSE(plan.next_start(kStart));
  CHECK(plan.left(HookEvent::drained) == 0);
  const auto first = plan.next_record(), second = plan.next_record();
  REQUIRE(second);
  CHECK(first->name == "a");
  CHECK(first->end.kind == Kind::skipped);
  CHECK(second->name == "b");
  CHECK(second->began == kNever);
  CHECK_FALSE(plan.next_record());
}

TEST_CASE("the record tells when, how long, how it ended and what was flushed") {
  HookPlan plan({on(HookEvent::drained, "a")});
  plan.begin(HookEvent::drained, {}, kNever);
  const auto start = plan.next_start(kStart);
  plan.on_end(start->id, {.flushed = 7, .dropped = 1}, at(2));
  plan.on_end(start->id, {.flushed = 9}, at(3));  // a second word counts nothing
  const auto record = plan.next_record();
  REQUIRE(record);
  CHECK(record->began == kStart);
  CHECK(record->took == seconds(2));
  CHECK(record->end.flushed == 7);
  CHECK_FALSE(plan.next_record());
}

TEST_CASE("what the sequence waits for is known before it begins, and done once all have ended") {
  HookPlan plan({on(HookEvent::drained, "a"), on(HookEvent::cleanup, "x"), on(HookEvent::exit, "e"), on(HookEvent::crashed, "c")});
  CHECK(plan.left(HookEvent::drained) == 1);
  CHECK(plan.left(HookEvent::exit) == 1);
  CHECK(plan.left_before_exit() == 1);
  plan.begin(HookEvent::crashed, {}, kNever);
  CHECK(plan.left_before_exit() == 2);
  plan.skip(HookEvent::drained, "the child was never ready", kStart);
  CHECK(plan.left(HookEvent::drained) == 0);
  plan.begin(HookEvent::cleanup, {}, kNever);
  CHECK(run_all(plan) == Names{"x", "c"});
  CHECK(plan.left_before_exit() == 0);
  plan.begin(HookEvent::drained, {}, kNever);  // it is over
  plan.begin(HookEvent::cleanup, {}, kNever);
  CHECK(run_all(plan).empty());
}

TEST_CASE("what happens to a copy while its hook runs is told afterwards, once, as it is then; each copy is told of itself") {
  HookPlan plan({on(HookEvent::crashed, "a"), on(HookEvent::crashed, "b")});
  const auto crash = [&](std::uint32_t copy, int code) { plan.begin(HookEvent::crashed, {.copy = copy, .exit_code = code}, kNever); };
  crash(0, 1);
  const auto first = plan.next_start(kStart);
  CHECK(first->about == HookOccasion{.copy = 0, .exit_code = 1});
  for (int code = 2; code < 1000; ++code) crash(0, code);  // a copy that dies faster than its hooks end
  crash(1, 7);
  plan.on_end(first->id, {}, at(1));
  std::vector<std::string> told;
  while (const auto start = plan.next_start(at(1))) {
    told.push_back(plan.hook(start->id).name + std::to_string(*start->about.copy) + ":" + std::to_string(*start->about.exit_code));
    plan.on_end(start->id, {}, at(1));
  }
  CHECK(told == Names{"b0:999", "a0:999", "a1:7", "b1:7"});
  CHECK(plan.left_before_exit() == 0);
}

TEST_CASE("a second deadline is told after the first, however long the hooks of the first run") {
  HookPlan plan({on(HookEvent::forced, "f")});
  plan.begin(HookEvent::forced, {.forced = "drain"}, kNever);
  const auto drain = plan.next_start(kStart);
  CHECK(drain->about.forced == "drain");
  plan.begin(HookEvent::forced, {.forced = "kill"}, kNever);
  plan.on_end(drain->id, {}, at(1));
  CHECK(plan.next_start(at(1))->about.forced == "kill");
  CHECK(plan.next_record()->about.forced == "drain");
}

TEST_CASE("registration is bounded, names are unique and fit into a path, and an event that is over takes no more") {
  HookPlan plan({on(HookEvent::exit, "mine")});
  const auto add = [&](std::string_view name) { return plan.register_hook(HookEvent::cleanup, name, seconds(1)); };
  CHECK(add("") == HookRefusal::bad_name);
  CHECK(add("a/b") == HookRefusal::bad_name);
  CHECK(add(std::string(1 << 20, 'x')) == HookRefusal::bad_name);
  CHECK(add("mine") == HookRefusal::duplicate);
  CHECK(plan.register_hook(HookEvent::cleanup, "t", Duration::zero()) == HookRefusal::bad_timeout);
  CHECK(plan.register_hook(HookEvent::cleanup, "t", kInfinite) == HookRefusal::bad_timeout);
  for (int i = 0; i < kMostRegisteredHooks; ++i) CHECK(add("h" + std::to_string(i)) == HookRefusal::none);
  CHECK(add("one-more") == HookRefusal::too_many);
  CHECK(plan.unregister("h0"));
  CHECK_FALSE(plan.unregister("h0"));
  CHECK_FALSE(plan.unregister("mine"));  // the configuration's
  plan.begin(HookEvent::cleanup, {}, kNever);
  CHECK(add("late") == HookRefusal::too_late);
}

TEST_CASE("a command that was started again registers its handlers once more: they are renewed, not refused, and called once") {
  HookPlan plan({on(HookEvent::exit, "mine")});
  REQUIRE(plan.register_hook(HookEvent::drained, "spool", seconds(1)) == HookRefusal::none);
  REQUIRE(plan.register_hook(HookEvent::drained, "cache", seconds(1)) == HookRefusal::none);
  CHECK(plan.register_hook(HookEvent::drained, "spool", seconds(7)) == HookRefusal::none);
  CHECK(plan.register_hook(HookEvent::cleanup, "spool", seconds(1)) == HookRefusal::duplicate);
  CHECK(plan.wanted(HookEvent::drained) == seconds(8));
  plan.begin(HookEvent::drained, {}, kNever);
  CHECK(run_all(plan) == Names{"cache", "spool"});
}

TEST_CASE("a registered handler is found by name while it runs, and can't be taken away then") {
  HookPlan plan;
  REQUIRE(plan.register_hook(HookEvent::drained, "buffer", seconds(1)) == HookRefusal::none);
  CHECK_FALSE(plan.running("buffer"));
  plan.begin(HookEvent::drained, {}, kNever);
  const auto start = plan.next_start(kStart);
  CHECK(plan.running("buffer") == start->id);
  CHECK_FALSE(plan.unregister("buffer"));
}

TEST_CASE("a handler is an orphan once the last copy that registered it has ended; one that somebody else registered as well never is") {
  HookPlan plan({on(HookEvent::drained, "configured")});
  const CopyLife first{.copy = 3, .life = 0}, other{.copy = 4, .life = 0}, next{.copy = 3, .life = 1};
  const auto add = [&](const char* name, std::optional<CopyLife> by) {
    REQUIRE(plan.register_hook(HookEvent::drained, name, seconds(1), by) == HookRefusal::none);
  };
  std::vector<CopyLife> living{first, other};
  const auto orphans = [&] {
    Names names;
    for (const HookId id : plan.orphans([&](const CopyLife& each) { return std::ranges::find(living, each) != living.end(); }))
      names.push_back(plan.hook(id).name);
    return names;
  };
  add("mine", first);
  add("ours", first);
  add("ours", other);
  add("anybody's", first);
  add("anybody's", {});
  CHECK(orphans().empty());
  living = {next, other};  // started again
  CHECK(orphans() == Names{"mine"});
  add("mine", next);  // renewed
  CHECK(orphans().empty());
  living = {next};
  CHECK(orphans() == Names{"ours"});
  living = {};
  CHECK(orphans() == Names{"mine", "ours"});
}

TEST_CASE("nobody waits for an orphan: it has failed at once in a stop, while it runs, waits or has yet to begin, and the next has its turn") {
  HookPlan plan;
  const CopyLife dead{.copy = 0, .life = 0};
  for (const char* name : {"living", "waits", "runs"}) REQUIRE(plan.register_hook(HookEvent::drained, name, seconds(1), dead) == HookRefusal::none);
  REQUIRE(plan.register_hook(HookEvent::drained, "living", seconds(1)) == HookRefusal::none);
  REQUIRE(plan.register_hook(HookEvent::cleanup, "later", seconds(1), dead) == HookRefusal::none);
  REQUIRE(plan.register_hook(HookEvent::forced, "never_due", seconds(1), dead) == HookRefusal::none);
  plan.begin(HookEvent::drained, {}, kNever);
  CHECK(plan.hook(plan.next_start(kStart)->id).name == "runs");
  for (const HookId id : plan.orphans([](const CopyLife&) { return false; })) plan.bury(id, true, at(1));
  Names failed;
  while (const auto record = plan.next_record()) {
    CHECK(record->end.kind == Kind::failed);
    CHECK(record->end.why == "the copy of the command that registered it has ended");
    failed.push_back(record->name);
  }
  std::ranges::sort(failed);
  CHECK(failed == Names{"later", "runs", "waits"});
  CHECK(plan.left(HookEvent::cleanup) == 0);
  CHECK(plan.wanted(HookEvent::drained) == seconds(1));
  CHECK(run_all(plan) == Names{"living"});
}

TEST_CASE("while the service serves an orphan leaves without a word in the report, and its name is free") {
  HookPlan plan;
  REQUIRE(plan.register_hook(HookEvent::drained, "spool", seconds(1), CopyLife{}) == HookRefusal::none);
  plan.bury(plan.orphans([](const CopyLife&) { return false; }).front(), false, kStart);
  CHECK_FALSE(plan.next_record());
  CHECK(plan.register_hook(HookEvent::cleanup, "spool", seconds(1)) == HookRefusal::none);
}
