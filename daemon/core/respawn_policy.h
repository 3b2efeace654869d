// How soon a dead worker is replaced (docs/design.md 1.1, Death): at once; from the third death in 10 s after 100 ms x 2^n, at most
// 5 s; ten deaths in 60 s mean that replacing helps nobody. Pure; supervisor process only.
#pragma once

#include <deque>
#include <optional>

#include "base/time.h"

namespace lastcall::core {

class RespawnPolicy {
 public:
  // Records a death; when to start the replacement, or nothing: give up (ordered stop, exit 70).
  std::optional<TimePoint> on_death(TimePoint now);

 private:
  std::deque<TimePoint> deaths_;
};

}  // namespace lastcall::core
