// The hooks of a run: the real core::HookPlan, with commands that take a time of their own or hang until they are cut. Tells its owner
// whenever one has ended. Owned by the fake supervisor; test only.
#pragma once

#include <functional>
#include <map>

#include "core/hook_plan.h"
#include "plan.h"
#include "virtual_clock.h"

namespace lastcall::sim {

class FakeHooks {
 public:
  FakeHooks(VirtualClock& clock, Dice& dice, const Plan& plan, std::function<void()> on_ended)
      : clock_(clock), dice_(dice), hooks_(plan.hooks), on_ended_(std::move(on_ended)) {}

  const core::HookPlan& plan() const { return hooks_; }

  void begin(core::HookEvent event, TimePoint until) {
    hooks_.begin(event, {}, until);
    start_next();
  }
  void cut() {
    for (const core::HookEvent event : {core::HookEvent::drained, core::HookEvent::cleanup, core::HookEvent::crashed})
      hooks_.skip(event, "cut", clock_.now());
    for (const core::HookId id : hooks_.running()) hooks_.on_end(id, {.kind = core::HookEnd::Kind::timed_out}, clock_.now());
  }
  void cut_exit() {
    hooks_.skip(core::HookEvent::exit, "cut", clock_.now());
    cut();
  }

 private:
  void start_next() {
    while (const auto start = hooks_.next_start(clock_.now())) {
      const Duration length = dice_.chance(0.2) ? kInfinite : dice_.between(Duration::zero(), seconds(3));
      const TimePoint end = std::min(after(clock_.now(), length), start->until);
      const std::uint64_t run = started_[start->id] = ++runs_;
      clock_.at(end, [this, id = start->id, run] {
        if (started_[id] != run) return;
        hooks_.on_end(id, {}, clock_.now());
        start_next();
        on_ended_();
      });
    }
  }

  VirtualClock& clock_;
  Dice& dice_;
  core::HookPlan hooks_;
  std::function<void()> on_ended_;
  std::map<core::HookId, std::uint64_t> started_;
  std::uint64_t runs_ = 0;
};

}  // namespace lastcall::sim
