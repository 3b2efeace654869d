#include "os/clock.h"

#include <ctime>

namespace lastcall::os {

TimePoint now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return TimePoint(seconds(time.tv_sec) + nanoseconds(time.tv_nsec));
}

std::int64_t unix_time_ms() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return to_ms(seconds(time.tv_sec) + nanoseconds(time.tv_nsec));
}

}  // namespace lastcall::os
