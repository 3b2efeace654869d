// The tests' only clock: everything waits on descriptors up to a Deadline, nothing sleeps. Test processes only; independent of the code
// under test.
#pragma once

#include <chrono>

namespace lastcall::test {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;

// How much slower than on an idle machine a wait may be before it counts as hung; it never makes a passing test slower.
inline constexpr Milliseconds kPatience = 20s;

class Deadline {
 public:
  static Deadline in(Milliseconds wait) { return Deadline(Clock::now() + wait); }

  bool passed() const { return Clock::now() >= end_; }
  int remaining_ms() const;  // for poll(2): rounded up, so that a wait never spins through its last millisecond

 private:
  explicit Deadline(Clock::time_point end) : end_(end) {}
  Clock::time_point end_;
};

inline Milliseconds elapsed_since(Clock::time_point start) {
  return std::chrono::duration_cast<Milliseconds>(Clock::now() - start);
}

// poll(2) for one descriptor; the events that came, 0 when the deadline passed first.
short wait_for(int fd, short events, const Deadline& deadline);

// Lets the clock go on where a timeout itself is what the test is about; nothing is waited for by it.
void pass_time(Milliseconds time);

}  // namespace lastcall::test
