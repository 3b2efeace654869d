#include "simulation.h"

#include <functional>

namespace lastcall::sim {
namespace {

// Some of the drawn numbers do not fit together; then the grace alone counts.
core::GraceBudget budget_of(Plan& plan) {
  if (const auto drawn = core::GraceBudget::make(plan.grace)) return drawn.value();
  plan.grace = {.grace = plan.grace.grace,
                .drained_hooks = plan.grace.drained_hooks,
                .cleanup_hooks = plan.grace.cleanup_hooks,
                .exit_hooks = plan.grace.exit_hooks};
  return core::GraceBudget::make(plan.grace).value();
}

void repeat(VirtualClock& clock, Dice& dice, Duration mean, std::function<void()> what) {
  clock.in(dice.between(Duration::zero(), 2 * mean), [&clock, &dice, mean, what] {
    what();
    repeat(clock, dice, mean, what);
  });
}

void schedule(VirtualClock& clock, Dice& dice, const Plan& plan, FakeSupervisor& supervisor) {
  repeat(clock, dice, plan.arrival, [&] { supervisor.arrive(); });
  repeat(clock, dice, plan.arrival, [&] { supervisor.late_request(); });
  for (const Happening& each : plan.happenings) clock.at(each.when, [&, event = each.event] { supervisor.event(event); });
  if (plan.worker_dies_after != kInfinite) clock.in(plan.worker_dies_after, [&] { supervisor.a_worker_dies(); });
  if (plan.copy_leaves_after != kInfinite) clock.in(plan.copy_leaves_after, [&] { supervisor.a_copy_leaves(); });
  if (plan.worker_hangs_after != kInfinite) clock.in(plan.worker_hangs_after, [&] { supervisor.a_worker_hangs(); });
  for (int i = 0; i < 10; ++i) clock.at(plan.end + i * seconds(10), [&] { supervisor.event(core::Event::escalated); });
}

}  // namespace

RunResult simulate(std::uint64_t seed, Flaw flaw) {
  VirtualClock clock;
  Plan plan = draw_plan(seed, clock.now());
  const core::GraceBudget budget = budget_of(plan);
  Dice dice(seed ^ 0x9e3779b97f4a7c15u);
  Checker checker(plan, budget);
  FakeSupervisor supervisor(clock, dice, plan, budget, checker, flaw);

  const TimePoint start = clock.now();
  supervisor.start();
  schedule(clock, dice, plan, supervisor);
  RunResult result;
  while (!supervisor.exited() && clock.next() < plan.end + seconds(200)) {
    clock.step();
    while (const auto step = supervisor.next_transition()) result.walked.emplace(step->from, step->event);
  }
  checker.on_end(supervisor.exited(), clock.now());
  result.broken = checker.broken();
  result.rules = checker.rules();
  result.virtual_time = clock.now() - start;
  return result;
}

}  // namespace lastcall::sim
