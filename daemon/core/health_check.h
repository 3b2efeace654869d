// Whether a child that was ready is still alive: probes in their rhythm, counted by rise and fall, and a watchdog that the child itself has to
// feed. Begins when the child is ready, says once that it is not alive and then rests until the next one is ready; never asks again
// before the last question was answered. Pure and on virtual time, pull-style; asks nobody and ends nothing itself. Supervisor process only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace lastcall::core {

struct HealthOptions {
  bool probes = false;               // ask at all
  Duration interval = seconds(10);   // from one question to the next; later where the answer takes longer
  std::uint32_t rise = 1;            // good answers in a row that make the bad ones forgotten
  std::uint32_t fall = 3;            // bad answers not forgotten: it is not alive
  Duration watchdog = kInfinite;     // the longest time between two signs of life
  bool operator==(const HealthOptions&) const = default;
};

enum class HealthAction : std::uint8_t {
  ask,             // the owner asks, within its own timeout, and tells on_answer()
  probes_failed,   // not alive: `fall` bad answers
  watchdog_missed, // not alive: no sign of life in time
};
std::string_view to_string(HealthAction action);

class HealthCheck {
 public:
  explicit HealthCheck(const HealthOptions& options) : options_(options), watchdog_(options.watchdog) {}

  void on_ready(TimePoint now);    // from now on it counts
  void on_resumed(TimePoint now);  // it was stopped together with us, or nobody could hear it: all times begin anew
  void on_rest();                  // it ends, or the service does: no more questions, what is still answered means nothing
  void on_answer(bool well, TimePoint now);
  void on_sign_of_life(TimePoint now);
  void on_watchdog_changed(Duration watchdog, TimePoint now);  // by the child itself; only where there is one at all
  void on_watchdog_tripped(TimePoint now);                     // it says itself that it is not well
  void on_time(TimePoint now);

  bool resting() const { return !active_; }
  bool asking() const { return asking_; }
  std::uint32_t bad_answers() const { return bad_; }
  TimePoint deadline() const;
  std::optional<HealthAction> next_action();

 private:
  void give_up(HealthAction why);

  HealthOptions options_;
  Duration watchdog_;
  bool active_ = false;
  bool asking_ = false;
  std::uint32_t bad_ = 0;
  std::uint32_t good_ = 0;  // in a row
  TimePoint ask_at_ = kNever;
  TimePoint alive_until_ = kNever;
  std::optional<HealthAction> action_;
};

}  // namespace lastcall::core
