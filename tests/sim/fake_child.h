// The child as the plan wants it: gets ready or not, ends by itself, late, or not at all, leaves descendants behind, sits in D state.
// It knows the truth; the supervisor hears of it through the callbacks, later. Owned by one Simulation; test only.
#pragma once

#include <functional>

#include "plan.h"
#include "virtual_clock.h"

namespace lastcall::sim {

class FakeChild {
 public:
  struct Told {
    std::function<void()> ready;
    std::function<void()> main_ended;   // the truth, at once: connections break
    std::function<void()> main_reaped;  // what the supervisor learns, later
    std::function<void()> all_gone;
  };
  FakeChild(VirtualClock& clock, Dice& dice, const Plan& plan, Told told)
      : clock_(clock), dice_(dice), plan_(plan), told_(std::move(told)), descendants_(plan.descendants) {}

  void start() {
    if (plan_.child_ready_after != kInfinite) clock_.in(plan_.child_ready_after, [this] { if (main_runs_) told_.ready(); });
    if (plan_.child_dies_after != kInfinite) clock_.in(plan_.child_dies_after, [this] { end_main(); });
  }
  void never_starts() {  // between two of them there is none
    main_runs_ = false;
    main_reaped_ = true;
  }
  void stop_signal() {
    if (plan_.child_stops_within != kInfinite)
      clock_.in(dice_.between(Duration::zero(), plan_.child_stops_within), [this] { end_main(); });
  }
  void signal_descendants() {
    if (plan_.descendants_go_within == kInfinite) return;
    for (int i = 0; i < descendants_; ++i)
      clock_.in(dice_.between(Duration::zero(), plan_.descendants_go_within), [this] { end_descendant(); });
  }
  void kill() {
    if (plan_.unkillable) return;
    clock_.in(dice_.between(Duration::zero(), milliseconds(5)), [this] {
      while (descendants_ > 0) end_descendant();
      end_main();
    });
  }

  bool main_runs() const { return main_runs_; }
  bool main_reaped() const { return main_reaped_; }
  bool gone() const { return main_reaped_ && descendants_ == 0; }

 private:
  Duration notice() { return dice_.between(Duration::zero(), milliseconds(2)); }
  void end_main() {
    if (!main_runs_) return;
    main_runs_ = false;
    told_.main_ended();
    clock_.in(notice(), [this] {
      main_reaped_ = true;
      told_.main_reaped();
      tell_if_gone();
    });
  }
  void end_descendant() {
    if (descendants_ == 0) return;
    --descendants_;
    clock_.in(notice(), [this] { tell_if_gone(); });
  }
  void tell_if_gone() {
    if (main_reaped_ && descendants_ == 0) told_.all_gone();
  }

  VirtualClock& clock_;
  Dice& dice_;
  const Plan& plan_;
  Told told_;
  int descendants_;
  bool main_runs_ = true;
  bool main_reaped_ = false;
};

}  // namespace lastcall::sim
