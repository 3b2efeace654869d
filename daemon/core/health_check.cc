#include "core/health_check.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lastcall::core {
namespace {

// A timer that comes so late means that we ourselves stood still (a frozen container, a machine that slept), and nobody could hear the child.
constexpr Duration kStandstill = milliseconds(250);

}  // namespace

std::string_view to_string(HealthAction action) {
  static constexpr std::array<std::string_view, 3> kNames{"ask", "probes_failed", "watchdog_missed"};
  return kNames[static_cast<std::size_t>(action)];
}

void HealthCheck::on_ready(TimePoint now) {
  active_ = true;
  bad_ = good_ = 0;
  watchdog_ = options_.watchdog;  // what the one before had changed was its own
  on_resumed(now);
}

void HealthCheck::on_resumed(TimePoint now) {
  if (!active_) return;
  asking_ = false;
  action_.reset();
  ask_at_ = options_.probes ? after(now, options_.interval) : kNever;
  alive_until_ = after(now, watchdog_);
}

void HealthCheck::on_rest() {
  active_ = asking_ = false;
  action_.reset();
}

void HealthCheck::on_answer(bool well, TimePoint now) {
  if (!active_ || !asking_) return;
  asking_ = false;
  ask_at_ = std::max(ask_at_, now);
  good_ = well ? good_ + 1 : 0;
  if (!well && ++bad_ >= options_.fall) return give_up(HealthAction::probes_failed);
  if (good_ >= options_.rise) bad_ = 0;
}

void HealthCheck::on_sign_of_life(TimePoint now) {
  if (active_) alive_until_ = after(now, watchdog_);
}

void HealthCheck::on_watchdog_changed(Duration watchdog, TimePoint now) {
  if (!active_ || options_.watchdog == kInfinite) return;
  watchdog_ = watchdog;
  on_sign_of_life(now);
}

void HealthCheck::on_watchdog_tripped(TimePoint now) {
  if (!active_ || options_.watchdog == kInfinite) return;
  alive_until_ = now;
  give_up(HealthAction::watchdog_missed);
}

void HealthCheck::on_time(TimePoint now) {
  if (!active_) return;
  if (now >= after(alive_until_, kStandstill)) return on_resumed(now);
  if (now >= alive_until_) return give_up(HealthAction::watchdog_missed);
  if (asking_ || now < ask_at_) return;
  asking_ = true;
  ask_at_ = after(now, options_.interval);
  action_ = HealthAction::ask;
}

void HealthCheck::give_up(HealthAction why) {
  on_rest();
  action_ = why;
}

TimePoint HealthCheck::deadline() const {
  if (!active_) return kNever;
  return asking_ ? alive_until_ : std::min(ask_at_, alive_until_);
}

std::optional<HealthAction> HealthCheck::next_action() { return std::exchange(action_, std::nullopt); }

}  // namespace lastcall::core
