// The program between two TUN devices: whatever packet comes out of one goes into the other after a fixed time, so that a handshake takes
// as long as over a real line (this kernel has no netem: decision 20).
//
//   delay_line DESCRIPTOR DESCRIPTOR MICROSECONDS      the devices are inherited; see delayed_network.h
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Packet {
  Clock::time_point due;
  std::vector<char> bytes;
};

struct Direction {
  int from, to;
  std::deque<Packet> held;  // in order of arrival, which with a fixed delay is the order of departure

  void take(Clock::duration delay) {
    char buffer[65536];
    for (ssize_t size; (size = ::read(from, buffer, sizeof buffer)) > 0;) held.push_back({Clock::now() + delay, {buffer, buffer + size}});
  }
  void release() {
    const auto now = Clock::now();
    for (; !held.empty() && held.front().due <= now; held.pop_front()) {
      if (::write(to, held.front().bytes.data(), held.front().bytes.size()) < 0) ++lost;
    }
  }
  unsigned long lost = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  const int a = std::atoi(argv[1]), b = std::atoi(argv[2]);
  const Clock::duration delay = std::chrono::microseconds(std::atol(argv[3]));
  ::fcntl(a, F_SETFL, O_NONBLOCK);
  ::fcntl(b, F_SETFL, O_NONBLOCK);
  Direction there{a, b, {}}, back{b, a, {}};
  std::puts("holding packets");
  std::fflush(stdout);
  for (;;) {
    auto due = Clock::time_point::max();
    for (const Direction* direction : {&there, &back}) {
      if (!direction->held.empty()) due = std::min(due, direction->held.front().due);
    }
    timespec wait{};
    if (due != Clock::time_point::max()) {
      const auto left = std::max(Clock::duration::zero(), due - Clock::now());
      wait.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
      wait.tv_nsec = (std::chrono::nanoseconds(left) % std::chrono::seconds(1)).count();
    }
    pollfd entries[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    ::ppoll(entries, 2, due == Clock::time_point::max() ? nullptr : &wait, nullptr);
    there.take(delay);
    back.take(delay);
    there.release();
    back.release();
  }
}
