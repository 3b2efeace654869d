// Where hooks stand in the stop, and that none of them moves a deadline. Times in seconds from T0; G 30, m 1.5, k 0.25, C 7.5.
#include <algorithm>

#include "sequence_driver.h"

namespace lastcall::core {
namespace {

constexpr GraceOptions kHooked{.grace = seconds(30), .drained_hooks = seconds(2), .cleanup_hooks = seconds(3), .exit_hooks = seconds(1)};

constexpr Facts kHooksLeft{.listeners_closed = true, .sealed = true, .drained_hooks = 1, .hooks = 1, .exit_hooks = 1};

Facts with(Facts facts, auto change) {
  change(facts);
  return facts;
}

// Everything drained at once; the drained hooks are under way.
Driver emptying(const GraceOptions& options = kHooked) {
  Driver service(options);
  service.hooks = true;
  service.serve();
  service.facts(kHooksLeft, -1).event(Event::stop_requested, 0).facts(kHooksLeft, 0.1);
  return service;
}

}  // namespace

TEST_CASE("the drained hooks run after the seal, and the child gets its signal when they have ended, not before") {
  Driver service = emptying();
  CHECK(service.phase() == Phase::emptying);
  CHECK(service.take() == Words{"stop_accepting", "end_streams", "seal", "run_drained_hooks"});
  service.time(5);
  CHECK(service.take().empty());
  service.facts(with(kHooksLeft, [](Facts& f) { f.drained_hooks = 0; }), 6);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.take() == Words{"signal_child"});
}

TEST_CASE("drained hooks that hang are cut at T_kill - C: the child keeps its own time (decision 3)") {
  Driver service = emptying();
  service.take();
  const double cut = 30 - 1.5 - 0.25 - 4 - 7.5;  // H = 3 + 1
  CHECK(service.sequence.deadline() == at(cut));
  service.time(cut - 0.001);
  CHECK(service.take().empty());
  service.time(cut);
  CHECK(service.take() == Words{"cut_hooks", "signal_child"});
  CHECK(service.phase() == Phase::stopping);
}

TEST_CASE("clients that use all of the drain leave the drained hooks what was set aside for them") {
  Driver service(kHooked);
  service.hooks = true;
  service.serve().facts(with(kHooksLeft, [](Facts& f) { f.finite = 1; }), -1).event(Event::stop_requested, 0);
  const double cut = 30 - 1.5 - 0.25 - 4 - 7.5;
  service.time(cut - 2.001);
  CHECK(service.phase() == Phase::draining);
  service.time(cut - 2).facts(kHooksLeft, cut - 2);
  CHECK(service.phase() == Phase::emptying);
  CHECK(service.take() == Words{"stop_accepting", "drop_finite", "end_streams", "seal", "run_drained_hooks"});
  CHECK(service.sequence.deadline() == at(cut));
}

TEST_CASE("who is impatient does not wait for the drained hooks") {
  Driver service = emptying();
  service.take();
  service.event(Event::escalated, 3);
  CHECK(service.take() == Words{"cut_hooks", "signal_child"});
  CHECK(service.phase() == Phase::stopping);

  Driver earlier(kHooked);
  earlier.hooks = true;
  earlier.serve().facts(with(kHooksLeft, [](Facts& f) { f.finite = 1; }), -1).event(Event::stop_requested, 0).take();
  earlier.event(Event::escalated, 1).facts(kHooksLeft, 1);
  CHECK(earlier.take() == Words{"end_streams", "drop_finite", "seal", "cut_hooks", "signal_child"});  // not begun at all
}

TEST_CASE("a child that was never ready has no buffers: its drained hooks are not run") {
  Driver service(kHooked);
  service.hooks = true;
  service.facts(kHooksLeft, -1).event(Event::stop_requested, 0);
  CHECK(service.take() == Words{"stop_accepting", "seal", "cut_hooks", "signal_child"});
}

TEST_CASE("a child that ends while the drained hooks run is not signalled, and they run on") {
  Driver service = emptying();
  service.take();
  service.event(Event::main_exited, 1);
  CHECK(service.phase() == Phase::stopping);
  CHECK(service.take() == Words{"signal_descendants"});
}

TEST_CASE("the cleanup hooks run when nothing of the child is left, the exit hooks when everything else is done") {
  Driver service = emptying();
  service.facts(with(kHooksLeft, [](Facts& f) { f.drained_hooks = 0; }), 1).take();
  service.event(Event::main_exited, 2);
  CHECK(service.take() == Words{"signal_descendants"});
  const Facts gone = with(kNothingLeft, [](Facts& f) { f.hooks = f.exit_hooks = 1; });
  service.facts(gone, 2.5);
  CHECK(service.phase() == Phase::flushing);
  CHECK(service.take() == Words{"finish_workers", "run_cleanup_hooks"});
  service.time(4);
  CHECK(service.take().empty());
  service.facts(with(gone, [](Facts& f) { f.hooks = 0; }), 4);
  CHECK(service.phase() == Phase::leaving);
  CHECK(service.take() == Words{"run_exit_hooks"});
  service.facts(kNothingLeft, 5);
  CHECK(service.take() == Words{"exit"});
}

TEST_CASE("cleanup and exit hooks that hang are cut, each in its share, and the exit is not a moment late (decision 3)") {
  Driver service = emptying();
  service.facts(with(kHooksLeft, [](Facts& f) { f.drained_hooks = 0; }), 1).take();
  const double kill = 30 - 1.5 - 0.25 - 4;
  service.time(kill);
  CHECK(service.take() == Words{"kill_child"});
  const Facts gone = with(kNothingLeft, [](Facts& f) { f.hooks = f.exit_hooks = 1; });
  service.facts(gone, kill + 0.01);
  CHECK(service.take() == Words{"finish_workers", "run_cleanup_hooks"});
  CHECK(service.sequence.deadline() == at(27.5));  // T_exit 28.5 less the exit hooks' second
  service.time(27.5);
  CHECK(service.take() == Words{"kill_workers", "cut_hooks", "run_exit_hooks"});
  CHECK(service.sequence.deadline() == at(28.5));
  service.time(28.5);
  CHECK(service.take() == Words{"cut_hooks", "exit"});
}

TEST_CASE("a child that even SIGKILL does not end costs the cleanup hooks nothing of their time (P44)") {
  Driver service = emptying();
  service.facts(with(kHooksLeft, [](Facts& f) { f.drained_hooks = 0; }), 1).take();
  const double kill = 30 - 1.5 - 0.25 - 4;
  service.time(kill);
  service.take();
  service.time(kill + 0.25);
  CHECK(service.phase() == Phase::flushing);
  CHECK(service.take() == Words{"finish_workers", "run_cleanup_hooks"});
}

TEST_CASE("with a grace of zero no hook that comes before the kill is begun, and the exit is in time") {
  Driver service({.grace = Duration::zero(), .drained_hooks = seconds(2), .cleanup_hooks = seconds(3)});
  service.hooks = true;
  service.serve().facts(kHooksLeft, -1).event(Event::stop_requested, 0).facts(kHooksLeft, 0);
  service.time(0.5);
  const Words words = service.take();
  CHECK(std::find(words.begin(), words.end(), "run_drained_hooks") == words.end());
  CHECK(words.back() == "exit");
}

TEST_CASE("with an infinite grace the hooks have their own timeouts and no other") {
  Driver service = emptying({.grace = kInfinite, .cleanup_hooks = seconds(3), .exit_hooks = seconds(1)});
  CHECK(service.sequence.deadline() == kNever);
  service.facts(with(kHooksLeft, [](Facts& f) { f.drained_hooks = 0; }), 1).event(Event::main_exited, 2);
  service.facts(with(kNothingLeft, [](Facts& f) { f.hooks = f.exit_hooks = 1; }), 3);
  CHECK(service.sequence.deadline() == at(7));  // the second that clients may linger, and three
  service.time(7);
  CHECK(service.sequence.deadline() == at(8));
}

TEST_CASE("hooks that are registered while the service runs get their share, until the end begins") {
  Driver service({.grace = seconds(30)});
  service.serve();
  service.sequence.set_budget(budget_of(kHooked));
  service.facts(kHooksLeft, -1).event(Event::stop_requested, 0);
  CHECK(service.sequence.deadlines()->kill == at(30 - 1.5 - 0.25 - 4));
  service.sequence.set_budget(budget_of({.grace = seconds(30)}));
  CHECK(service.sequence.budget().hooks == seconds(4));
}

}  // namespace lastcall::core
