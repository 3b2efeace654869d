#include "control/plane.h"

#include <algorithm>

namespace lastcall::control {

std::optional<Duration> StateView::grace_left() const {
  if (!record->t0 || record->deadlines.exit == kNever) return std::nullopt;
  return std::max(Duration::zero(), record->deadlines.exit - now);
}

}  // namespace lastcall::control
