// Whether a child that ended is started again, and when (P93, P94): by its exit code, after a pause that doubles up to a cap and is cut by
// chance to between half and the whole, anew after it was well for long enough, and never more often than a limit within a window. Pure and on
// virtual time; chance is handed in. It starts nothing: the child's lifecycle asks it. Supervisor process only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/time.h"

namespace lastcall::core {

enum class RestartMode : std::uint8_t { never, on_failure, always };

struct RestartOptions {
  RestartMode mode = RestartMode::never;
  Duration delay = milliseconds(100);   // the first pause; each further one is twice as long
  Duration max_delay = seconds(10);
  Duration reset = seconds(10);         // well for so long: the next pause is the first again
  std::uint32_t limit = 10;             // restarts within `window`; 0: no limit
  Duration window = seconds(300);       // with these pauses a child that dies at once is given up after about 30 s
  std::vector<std::uint32_t> success_codes = {};  // beside 0: no failure
  std::vector<std::uint32_t> stop_codes = {};     // never started again after these
  bool operator==(const RestartOptions&) const = default;
};

class RestartPolicy {
 public:
  // `chance`: a number from 0 up to 1, for the pause.
  RestartPolicy(RestartOptions options, std::function<double()> chance);

  bool wanted() const { return options_.mode != RestartMode::never; }
  void on_well(TimePoint now);  // the child serves from now on

  // It ended with this code, as a shell shows it; nothing: it could not be started, or was ended because it did not answer. When to start the
  // next one, or nothing: this end is final.
  std::optional<TimePoint> on_end(std::optional<int> code, TimePoint now);

  // Somebody killed it by hand: no failure, so it is started again unless nothing ever is, after the first pause, and counts for no limit.
  std::optional<TimePoint> on_killed(TimePoint now);

  std::uint32_t attempt() const { return attempt_; }  // how many ends without a well time between them
  bool gave_up() const { return gave_up_; }           // final because of the limit

 private:
  bool allowed(std::optional<int> code) const;
  void forget_when_well(TimePoint now);
  Duration pause(std::uint32_t attempt) const;

  RestartOptions options_;
  std::function<double()> chance_;
  std::deque<TimePoint> restarts_;  // within the window
  TimePoint well_since_ = kNever;
  std::uint32_t attempt_ = 0;
  bool gave_up_ = false;
};

}  // namespace lastcall::core
