// The steps of stopping one process: which signal when, on the way to SIGKILL, as `stop: [INT 5s, TERM 10s]` asks. Pure and on virtual
// time: the supervisor asks for the next signal after start(), after each deadline(), and sends it. When to kill is not decided here but by
// the shutdown sequence, whose budget knows how long the steps take together. Supervisor process only.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/time.h"

namespace lastcall::core {

struct StopStep {
  int signal = 15;
  Duration time = kInfinite;  // until the next step; of the last one: until the kill. kInfinite: as long as the grace allows
  bool operator==(const StopStep&) const = default;
};

Duration total_time(std::span<const StopStep> steps);  // kInfinite where one has no end

class StopSteps {
 public:
  explicit StopSteps(std::vector<StopStep> steps) : steps_(std::move(steps)) {}

  void start(TimePoint now);  // again: changes nothing
  void end();                 // the process is gone: nothing more is due
  void extend(TimePoint until);  // it asked for more time after the last signal: the next one comes not before then

  std::optional<int> next_signal(TimePoint now);  // each once, in order; the caller sends it before asking again
  TimePoint deadline() const;                     // when to ask again; kNever if no signal will follow
  std::span<const int> sent() const { return sent_; }

 private:
  std::vector<StopStep> steps_;
  std::vector<int> sent_;
  TimePoint due_ = kNever;
};

}  // namespace lastcall::core
