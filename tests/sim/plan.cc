#include "plan.h"

#include <algorithm>

namespace lastcall::sim {
namespace {

// When a misfortune happens, if it does: half of them around the stop, where it matters most.
Duration misfortune(Dice& dice, double probability, Duration stop) {
  if (!dice.chance(probability)) return kInfinite;
  if (dice.chance(0.5)) return dice.between(Duration::zero(), seconds(60));
  return std::max(Duration::zero(), stop + dice.between(milliseconds(-50), dice.chance(0.5) ? seconds(6) : milliseconds(300)));
}

core::GraceOptions draw_grace(Dice& dice) {
  static constexpr Duration kUsual[] = {seconds(5), seconds(10), seconds(30), seconds(90), milliseconds(800)};
  core::GraceOptions options{.grace = kUsual[dice.number(0, 4)]};
  if (dice.chance(0.05)) return {.grace = Duration::zero()};
  if (dice.chance(0.1)) options.grace = kInfinite;
  const Duration scale = options.grace == kInfinite ? Duration(seconds(30)) : options.grace;
  if (dice.chance(0.4)) options.lame_duck = dice.between(Duration::zero(), scale / 4);
  if (dice.chance(0.2)) options.drain_timeout = dice.between(Duration::zero(), scale / 4);
  if (dice.chance(0.2)) options.stop_timeout = dice.between(Duration::zero(), scale / 4);
  if (!options.stop_timeout && dice.chance(0.2)) options.stop_steps = dice.between(Duration::zero(), scale / 4);
  options.last_step_is_open = options.stop_steps && dice.chance(0.5);
  return options;
}

void draw_hooks(Dice& dice, Plan& plan) {
  using enum core::HookEvent;
  if (dice.chance(0.6)) return;
  for (const core::HookEvent event : {drained, cleanup, exit, crashed})
    for (int i = dice.number(0, 2); i > 0; --i) plan.hooks.push_back({.on = event, .name = "", .timeout = dice.between(milliseconds(50), seconds(5))});
  for (const core::Hook& hook : plan.hooks) {
    if (hook.on == drained) plan.grace.drained_hooks += hook.timeout;
    if (hook.on == cleanup) plan.grace.cleanup_hooks += hook.timeout;
    if (hook.on == exit) plan.grace.exit_hooks += hook.timeout;
  }
}

// Returns when the stop comes.
TimePoint draw_people(Dice& dice, Plan& plan, TimePoint start) {
  using core::Event;
  const auto add = [&](TimePoint when, Event event) { plan.happenings.push_back({when, event}); };
  const TimePoint stop = start + dice.between(Duration::zero(), seconds(40));
  if (dice.chance(0.2)) {
    add(stop - dice.between(Duration::zero(), seconds(5)), Event::drain_requested);
    if (dice.chance(0.5)) add(stop - dice.between(seconds(-3), seconds(5)), Event::undrain_requested);
  }
  if (dice.chance(0.9)) add(stop, Event::stop_requested);
  while (dice.chance(0.3)) add(stop + dice.between(Duration::zero(), seconds(20)), Event::stop_requested);
  if (dice.chance(0.15))
    do add(stop + dice.between(Duration::zero(), seconds(20)), Event::escalated);
    while (dice.chance(0.5));
  return stop;
}

}  // namespace

Plan draw_plan(std::uint64_t seed, TimePoint start) {
  Dice dice(seed);
  Plan plan;
  plan.seed = seed;
  plan.grace = draw_grace(dice);
  draw_hooks(dice, plan);
  plan.workers = dice.chance(0.1) ? 0 : dice.number(1, 3);
  plan.jobs = dice.chance(0.2) ? dice.number(1, 3) : 0;
  plan.job_length = dice.between(seconds(1), seconds(90));

  const Duration stop = draw_people(dice, plan, start) - start;

  plan.child_ready_after = dice.chance(0.9) ? dice.between(Duration::zero(), seconds(5)) : kInfinite;
  plan.child_dies_after = misfortune(dice, 0.2, stop);
  plan.child_stops_within = dice.chance(0.8) ? dice.between(milliseconds(1), seconds(8)) : kInfinite;
  plan.copies = dice.chance(0.5) ? 1 : dice.number(2, 4);
  plan.end_of_one_ends_all = dice.chance(0.3);
  plan.restart_pause = dice.chance(0.5) ? dice.between(milliseconds(50), seconds(5)) : kInfinite;
  plan.copy_leaves_after = misfortune(dice, plan.copies > 1 ? 0.6 : 0, stop);
  plan.copies_die_after = {plan.child_dies_after};
  for (int i = 1; i < plan.copies; ++i) plan.copies_die_after.push_back(misfortune(dice, 0.25, stop));
  plan.descendants = dice.chance(0.3) ? dice.number(1, 3) : 0;
  plan.descendants_go_within = dice.chance(0.7) ? dice.between(milliseconds(1), seconds(3)) : kInfinite;
  plan.unkillable = dice.chance(0.03);

  plan.message_delay = dice.chance(0.5) ? Duration(microseconds(200)) : dice.between(milliseconds(1), milliseconds(300));
  plan.coalesce = dice.chance(0.5) ? 1 : 0.3;
  plan.timer_lateness = dice.chance(0.5) ? Duration::zero() : Duration(milliseconds(3));
  plan.arrival = dice.between(milliseconds(50), seconds(3));
  plan.request_length = dice.chance(0.7) ? dice.between(milliseconds(5), seconds(2)) : dice.between(seconds(2), seconds(60));
  plan.streams = dice.chance(0.3) ? 0.3 : 0;
  plan.client_never_reads = dice.chance(0.1);
  plan.worker_dies_after = misfortune(dice, 0.25, stop);
  plan.workers_crash_always = dice.chance(0.02);
  plan.worker_hangs_after = misfortune(dice, 0.15, stop);

  plan.end = start + seconds(300);
  return plan;
}

}  // namespace lastcall::sim
