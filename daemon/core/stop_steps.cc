#include "core/stop_steps.h"

#include <algorithm>

namespace lastcall::core {

Duration total_time(std::span<const StopStep> steps) {
  TimePoint end{};
  for (const StopStep& step : steps) end = after(end, step.time);
  return end == kNever ? kInfinite : end - TimePoint{};
}

void StopSteps::start(TimePoint now) {
  if (sent_.empty() && due_ == kNever && !steps_.empty()) due_ = now;
}

void StopSteps::end() {
  due_ = kNever;
  steps_.clear();
}

void StopSteps::extend(TimePoint until) {
  if (!sent_.empty() && due_ != kNever) due_ = std::max(due_, until);
}

std::optional<int> StopSteps::next_signal(TimePoint now) {
  if (due_ == kNever || now < due_) return std::nullopt;
  const StopStep& step = steps_[sent_.size()];
  sent_.push_back(step.signal);
  // From when it was due, not from now: a loop that comes late must not make the whole stop longer.
  due_ = sent_.size() < steps_.size() ? after(due_, step.time) : kNever;
  return step.signal;
}

TimePoint StopSteps::deadline() const { return due_; }

}  // namespace lastcall::core
