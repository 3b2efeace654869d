#include "core/idle_policy.h"

#include <algorithm>

namespace lastcall::core {

TimePoint IdlePolicy::close_at(TimePoint idle_since, Duration longest_pause, TimePoint ending_since, TimePoint deadline) const {
  // Half of a pause more than the client has ever made: it is thinking no longer, it has gone.
  const Duration patience = longest_pause > kInfinite / 2 ? kInfinite : longest_pause + longest_pause / 2;
  const TimePoint own = after(idle_since, std::max(shortest, patience));
  const TimePoint limit = std::min(after(ending_since, linger), deadline);
  return std::max(idle_since, std::min(own, limit));
}

}  // namespace lastcall::core
