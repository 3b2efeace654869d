#include "core/stop_steps.h"

#include <doctest/doctest.h>

namespace lastcall::core {
namespace {

constexpr int kHup = 1, kInt = 2, kTerm = 15;
constexpr TimePoint kStart = TimePoint(seconds(1000));
constexpr TimePoint at(int ms) { return kStart + milliseconds(ms); }

const std::vector<StopStep> kThree{{kHup, seconds(1)}, {kInt, seconds(5)}, {kTerm, seconds(10)}};

std::vector<int> take(StopSteps& steps, TimePoint now) {
  std::vector<int> signals;
  while (const auto signal = steps.next_signal(now)) signals.push_back(*signal);
  return signals;
}

using Signals = std::vector<int>;

}  // namespace

TEST_CASE("each step's signal comes when the one before has had its time, and not a moment earlier") {
  StopSteps steps(kThree);
  CHECK(steps.deadline() == kNever);
  CHECK(take(steps, at(0)).empty());  // nobody has asked yet
  steps.start(at(0));
  CHECK(steps.deadline() == at(0));
  CHECK(take(steps, at(0)) == Signals{kHup});
  CHECK(steps.deadline() == at(1000));
  CHECK(take(steps, at(999)).empty());
  CHECK(take(steps, at(1000)) == Signals{kInt});
  CHECK(steps.deadline() == at(6000));
  CHECK(take(steps, at(5999)).empty());
  CHECK(take(steps, at(6000)) == Signals{kTerm});
  CHECK(steps.deadline() == kNever);
  CHECK(take(steps, at(100'000)).empty());
  CHECK(std::vector<int>(steps.sent().begin(), steps.sent().end()) == Signals{kHup, kInt, kTerm});
}

TEST_CASE("a timer that fires late does not push the later steps back, and no step is left out") {
  StopSteps steps(kThree);
  steps.start(at(0));
  CHECK(take(steps, at(300)) == Signals{kHup});
  CHECK(steps.deadline() == at(1000));
  CHECK(take(steps, at(60'000)) == Signals{kInt, kTerm});
}

TEST_CASE("when the process is gone nothing more is sent") {
  StopSteps steps(kThree);
  steps.start(at(0));
  CHECK(take(steps, at(0)) == Signals{kHup});
  steps.end();
  CHECK(steps.deadline() == kNever);
  CHECK(take(steps, at(60'000)).empty());
  steps.start(at(60'000));
  CHECK(take(steps, at(60'000)).empty());
  CHECK(steps.sent().size() == 1);
}

TEST_CASE("a second start changes nothing") {
  StopSteps steps(kThree);
  steps.start(at(0));
  steps.start(at(500));
  CHECK(take(steps, at(500)) == Signals{kHup});
  steps.start(at(600));
  CHECK(steps.deadline() == at(1000));
}

TEST_CASE("a step without an end is the last one that comes") {
  StopSteps steps({{kInt, kInfinite}, {kTerm, seconds(1)}});
  steps.start(at(0));
  CHECK(take(steps, at(0)) == Signals{kInt});
  CHECK(steps.deadline() == kNever);
  CHECK(take(steps, at(1'000'000)).empty());
}

TEST_CASE("the times add up, and one without an end makes the sum endless") {
  CHECK(total_time({}) == Duration::zero());
  CHECK(total_time(kThree) == seconds(16));
  CHECK(total_time(std::vector<StopStep>{{kInt, seconds(5)}, {kTerm, kInfinite}}) == kInfinite);
}

TEST_CASE("who asks for more time after a signal has it before the next one, and never less than its step") {
  StopSteps steps(kThree);
  steps.extend(at(9000));  // nobody was asked to stop
  steps.start(at(0));
  CHECK(take(steps, at(0)) == Signals{kHup});
  steps.extend(at(3000));
  steps.extend(at(2000));
  CHECK(steps.deadline() == at(3000));
  CHECK(take(steps, at(2999)).empty());
  CHECK(take(steps, at(3000)) == Signals{kInt});
  steps.extend(at(3500));
  CHECK(steps.deadline() == at(8000));
  CHECK(take(steps, at(8000)) == Signals{kTerm});
  steps.extend(at(20'000));
  CHECK(steps.deadline() == kNever);
}

}  // namespace lastcall::core
