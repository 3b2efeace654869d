#include "core/idle_policy.h"

#include <algorithm>

namespace lastcall::core {

TimePoint IdlePolicy::close_at(TimePoint idle_since, Duration longest_pause, TimePoint ending_since, TimePoint deadline) const {
  // Half of a pause more than the client has ever made: it is thinking no longer, it has gone.
  const Duration patience = longest_pause > kInfinite / 2 ? kInfinite : longest_pause + longest_pause / 2;
  const TimePoint own = after(idle_since, std::max(shortest, patience));
  const TimePoint limit = std::min(after(ending_since, linger), deadline);
  // Who is not expected before the limit would be cut then all the same, only closer to its next request: the wait would cost time and
  // make the loss likelier (sim.idle_window).
  if (after(idle_since, longest_pause) > limit) return std::max(idle_since, std::min(after(idle_since, shortest), limit));
  return std::max(idle_since, std::min(own, limit));
}

}  // namespace lastcall::core
