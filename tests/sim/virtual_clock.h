// Time that stands still until somebody moves it: a queue of things to happen, run one by one, in the order of their times.
// Owned by one Simulation; everything in it shares the clock.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "base/time.h"

namespace lastcall::sim {

class VirtualClock {
 public:
  TimePoint now() const { return now_; }

  void at(TimePoint when, std::function<void()> what) {
    if (when != kNever) queue_.push({std::max(when, now_), order_++, std::move(what)});
  }
  void in(Duration wait, std::function<void()> what) { at(after(now_, wait), std::move(what)); }

  TimePoint next() const { return queue_.empty() ? kNever : queue_.top().when; }
  void step() {
    const std::function<void()> what = std::move(const_cast<Item&>(queue_.top()).what);
    now_ = queue_.top().when;
    queue_.pop();
    what();
  }

 private:
  struct Item {
    TimePoint when;
    std::uint64_t order;  // of two at the same time the older one is first
    std::function<void()> what;
    bool operator<(const Item& other) const { return std::pair(when, order) > std::pair(other.when, other.order); }
  };
  std::priority_queue<Item> queue_;
  std::uint64_t order_ = 0;
  TimePoint now_ = TimePoint(seconds(1'000'000));
};

}  // namespace lastcall::sim
