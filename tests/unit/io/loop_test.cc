#include "io/loop.h"

#include <uv.h>

#include <vector>

#include "fixture.h"
#include "os/clock.h"

namespace lastcall::io::test {
namespace {

struct Work final : Deferred {
  Work(Loop& l, std::function<void()> t) : loop(l), then(std::move(t)) {}
  void on_deferred() override {
    ++runs;
    then();
  }
  Loop& loop;
  std::function<void()> then;
  int runs = 0;
};

TEST_CASE("timers fire in their order and never early") {
  Loop loop;
  std::vector<int> order;
  const TimePoint start = os::now();
  TimePoint fired{};
  CallbackTimer second(loop, [&] {
    order.push_back(2);
    fired = os::now();
    loop.stop();
  });
  CallbackTimer first(loop, [&] { order.push_back(1); });
  second.arm_at(start + microseconds(7300));
  first.arm_at(start + microseconds(1200));
  loop.run();
  CHECK(order == std::vector{1, 2});
  CHECK(fired >= start + microseconds(7300));
}

TEST_CASE("an earlier deadline replaces the one that the loop already waits for") {
  Loop loop;
  bool late = false;
  CallbackTimer far(loop, [&] {
    late = true;
    loop.stop();
  });
  CallbackTimer near(loop, [&] { loop.stop(); });
  CallbackTimer setter(loop, [&] { near.arm_after(milliseconds(1)); });
  far.arm_after(seconds(10));
  setter.arm_after(milliseconds(1));
  loop.run();
  CHECK_FALSE(late);
  CHECK(far.armed());
}

TEST_CASE("a timer that is disarmed, or infinitely far, does not fire") {
  Loop loop;
  int fired = 0;
  CallbackTimer never(loop, [&] { ++fired; });
  CallbackTimer gone(loop, [&] { ++fired; });
  CallbackTimer end(loop, [&] { loop.stop(); });
  never.arm_after(kInfinite);
  gone.arm_after(milliseconds(1));
  gone.disarm();
  end.arm_after(milliseconds(3));
  loop.run();
  CHECK(fired == 0);
}

TEST_CASE("the time stands still within a callback and moves with the next") {
  Loop loop;
  const TimePoint before = loop.now();
  TimePoint inside{};
  CallbackTimer timer(loop, [&] {
    inside = loop.now();
    loop.stop();
  });
  timer.arm_after(milliseconds(2));
  CHECK(loop.now() == before);
  loop.run();
  CHECK(inside >= before + milliseconds(2));
}

TEST_CASE("deferred work runs without waiting for the kernel, once however often it was asked for") {
  Loop loop;
  Work work(loop, [&] { loop.stop(); });
  loop.defer(work);
  loop.defer(work);
  loop.run();  // would block for ever if it waited
  CHECK(work.runs == 1);
  bool ended = false;
  CallbackTimer end(loop, [&] {
    ended = true;
    loop.stop();
  });
  end.arm_after(milliseconds(1));
  loop.run();
  CHECK(ended);
  CHECK(work.runs == 1);
}

TEST_CASE("work that defers itself again lets timers and descriptors have their turn") {
  Bench bench;
  auto [mine, other] = stream_pair();
  bool seen = false;
  FdWatch watch(bench.loop, mine.get(), [&](int) { seen = true; });
  watch.start(FdWatch::readable);
  put(other.get(), "x");
  Work* self = nullptr;
  Work work(bench.loop, [&] { seen ? bench.loop.stop() : bench.loop.defer(*self); });
  self = &work;
  bench.loop.defer(work);
  bench.loop.run();
  CHECK(seen);
  CHECK(work.runs >= 1);
}

TEST_CASE("deferred work that is destroyed meanwhile, also by its neighbour, does not run") {
  Loop loop;
  int runs = 0;
  auto third = std::make_unique<Work>(loop, [&] { ++runs; });
  auto second = std::make_unique<Work>(loop, [&] { ++runs; });
  Work first(loop, [&] { third.reset(); });
  Work last(loop, [&] { loop.stop(); });
  loop.defer(*second);
  loop.defer(first);
  loop.defer(*third);
  second.reset();
  auto at_the_end = std::make_unique<Work>(loop, [&] { ++runs; });
  loop.defer(*at_the_end);
  at_the_end.reset();
  loop.defer(last);
  loop.run();
  CHECK(runs == 0);
  CHECK(first.runs == 1);
  CHECK(last.runs == 1);
}

TEST_CASE("a loop that has nothing to do sleeps until its next timer, also after deferred work (P89)") {
  Loop loop;
  uv_prepare_t turn;
  int turns = 0;
  turn.data = &turns;
  uv_prepare_init(loop.raw(), &turn);
  uv_prepare_start(&turn, [](uv_prepare_t* handle) { ++*static_cast<int*>(handle->data); });
  Work work(loop, [] {});
  CallbackTimer end(loop, [&] { loop.stop(); });
  loop.defer(work);
  end.arm_after(milliseconds(10));
  loop.run();
  CHECK(work.runs == 1);
  CHECK(turns <= 5);  // a loop that spins makes thousands
  uv_close(reinterpret_cast<uv_handle_t*>(&turn), nullptr);
}

}  // namespace
}  // namespace lastcall::io::test
