#include "support/deadline.h"

#include <poll.h>

#include <cerrno>

namespace lastcall::test {

int Deadline::remaining_ms() const {
  const auto left = std::chrono::ceil<Milliseconds>(end_ - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

short wait_for(int fd, short events, const Deadline& deadline) {
  pollfd entry{fd, events, 0};
  for (;;) {
    const int count = ::poll(&entry, 1, deadline.remaining_ms());
    if (count > 0) return entry.revents;
    if (count == 0) return 0;
    if (errno != EINTR) return POLLERR;
  }
}

void pass_time(Milliseconds time) { ::poll(nullptr, 0, static_cast<int>(time.count())); }

}  // namespace lastcall::test
