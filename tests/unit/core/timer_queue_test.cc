#include "core/timer_queue.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace lastcall::core {
namespace {

constexpr TimePoint at(int ms) { return TimePoint(milliseconds(ms)); }

struct Probe : Timer {
  std::function<void(TimePoint)> action;
  int fired = 0;
  void on_timer(TimePoint now) override {
    ++fired;
    if (action) action(now);
  }
};

}  // namespace

TEST_CASE("timers fire when they are due, earliest first, and not a moment earlier") {
  TimerQueue queue;
  std::vector<int> order;
  Probe probes[5];
  const int due[] = {30, 10, 50, 20, 40};
  for (int i = 0; i < 5; ++i) {
    probes[i].action = [&order, when = due[i]](TimePoint) { order.push_back(when); };
    queue.arm(probes[i], at(due[i]));
  }
  CHECK(queue.next() == at(10));
  queue.run(at(10) - nanoseconds(1));
  CHECK(order.empty());
  queue.run(at(30));
  CHECK(order == std::vector<int>{10, 20, 30});
  queue.run(at(100));
  CHECK(order == std::vector<int>{10, 20, 30, 40, 50});
  CHECK(queue.next() == kNever);
}

TEST_CASE("a timer is disarmed before its call, and may arm itself again") {
  TimerQueue queue;
  Probe probe;
  probe.action = [&](TimePoint now) {
    CHECK_FALSE(probe.armed());
    queue.arm(probe, now + milliseconds(10));
  };
  queue.arm(probe, at(10));
  for (int ms = 0; ms <= 50; ++ms) queue.run(at(ms));
  CHECK(probe.fired == 5);
}

TEST_CASE("a timer that arms itself for the past again waits for the next run") {
  TimerQueue queue;
  Probe greedy, other;
  greedy.action = [&](TimePoint now) { queue.arm(greedy, now - seconds(1)); };
  queue.arm(greedy, at(1));
  queue.arm(other, at(2));
  queue.run(at(2));
  CHECK(greedy.fired == 1);
  CHECK(other.fired == 1);
  queue.run(at(3));
  CHECK(greedy.fired == 2);
}

TEST_CASE("an extended timer keeps its place until then, and fires only at its new time") {
  TimerQueue queue;
  Probe probe;
  queue.arm(probe, at(10));
  queue.arm(probe, at(100));
  CHECK(probe.due() == at(100));
  CHECK(queue.next() == at(10));  // the lazy move
  queue.run(at(10));
  CHECK(probe.fired == 0);
  CHECK(queue.next() == at(100));
  queue.run(at(100));
  CHECK(probe.fired == 1);
}

TEST_CASE("a shortened timer moves at once, also after it was extended") {
  TimerQueue queue;
  Probe probe, other;
  queue.arm(other, at(50));
  queue.arm(probe, at(100));
  queue.arm(probe, at(200));
  queue.arm(probe, at(20));
  CHECK(queue.next() == at(20));
  queue.run(at(20));
  CHECK(probe.fired == 1);
  CHECK(other.fired == 0);
}

TEST_CASE("arming for never disarms, and disarming twice is harmless") {
  TimerQueue queue;
  Probe probe;
  queue.arm(probe, at(10));
  queue.arm(probe, kNever);
  CHECK_FALSE(probe.armed());
  CHECK(queue.size() == 0);
  queue.disarm(probe);
  CHECK(probe.due() == kNever);
}

TEST_CASE("a timer that is destroyed leaves its queue, even from a call of the queue") {
  TimerQueue queue;
  Probe first;
  auto second = std::make_unique<Probe>();
  auto third = std::make_unique<Probe>();
  queue.arm(first, at(1));
  queue.arm(*second, at(2));
  queue.arm(*third, at(3));
  third->action = [&](TimePoint) { third.reset(); };
  first.action = [&](TimePoint) { second.reset(); };
  queue.run(at(10));
  CHECK(first.fired == 1);
  CHECK(third == nullptr);
  CHECK(queue.size() == 0);
}

TEST_CASE("a timer that outlives its queue is simply no longer armed") {
  Probe probe;
  {
    TimerQueue queue;
    queue.arm(probe, at(1));
  }
  CHECK_FALSE(probe.armed());
}

TEST_CASE("ten thousand random changes end in the same calls as a plain list gives") {
  std::mt19937 random(7);
  TimerQueue queue;
  std::vector<std::unique_ptr<Probe>> probes(50);
  std::vector<int> wanted(50, -1);
  for (std::size_t i = 0; i < probes.size(); ++i) probes[i] = std::make_unique<Probe>();
  for (int now = 0; now < 10'000; ++now) {
    const std::size_t i = random() % probes.size();
    if (random() % 4 == 0) {
      queue.disarm(*probes[i]);
      wanted[i] = -1;
    } else {
      wanted[i] = now + 1 + static_cast<int>(random() % 100);
      queue.arm(*probes[i], at(wanted[i]));
    }
    for (auto& probe : probes) probe->fired = 0;
    queue.run(at(now));
    for (std::size_t each = 0; each < probes.size(); ++each) {
      const bool due = wanted[each] == now;
      REQUIRE(probes[each]->fired == (due ? 1 : 0));
      if (due) wanted[each] = -1;
    }
  }
}

}  // namespace lastcall::core
