#include "core/restart_policy.h"

#include <algorithm>

namespace lastcall::core {
namespace {

constexpr Duration kLongestPause = std::chrono::hours(24);  // whatever the cap: nobody waits for longer

bool contains(const std::vector<std::uint32_t>& codes, int code) {
  return std::find(codes.begin(), codes.end(), static_cast<std::uint32_t>(code)) != codes.end();
}

}  // namespace

RestartPolicy::RestartPolicy(RestartOptions options, std::function<double()> chance)
    : options_(std::move(options)), chance_(std::move(chance)) {}

void RestartPolicy::on_well(TimePoint now) { well_since_ = now; }

bool RestartPolicy::allowed(std::optional<int> code) const {
  if (options_.mode == RestartMode::never) return false;
  if (!code) return true;
  if (contains(options_.stop_codes, *code)) return false;
  const bool success = *code == 0 || contains(options_.success_codes, *code);
  return options_.mode == RestartMode::always || !success;
}

// Many that fell together must not come back together, so chance takes up to half of it away.
Duration RestartPolicy::pause(std::uint32_t attempt) const {
  const Duration cap = std::min(options_.max_delay, kLongestPause);
  Duration whole = std::min(options_.delay, cap);
  for (std::uint32_t i = 1; i < attempt && whole < cap && whole > Duration::zero(); ++i) whole = std::min(whole * 2, cap);
  return std::chrono::duration_cast<Duration>(whole * (0.5 + chance_() / 2));
}

void RestartPolicy::forget_when_well(TimePoint now) {
  if (well_since_ != kNever && now - well_since_ >= options_.reset) attempt_ = 0;
  well_since_ = kNever;
}

std::optional<TimePoint> RestartPolicy::on_killed(TimePoint now) {
  forget_when_well(now);
  if (options_.mode == RestartMode::never) return std::nullopt;
  return after(now, pause(1));
}

std::optional<TimePoint> RestartPolicy::on_end(std::optional<int> code, TimePoint now) {
  forget_when_well(now);
  if (!allowed(code)) return std::nullopt;
  while (!restarts_.empty() && now - restarts_.front() >= options_.window) restarts_.pop_front();
  if (options_.limit != 0 && restarts_.size() >= options_.limit) {
    gave_up_ = true;
    return std::nullopt;
  }
  if (options_.limit != 0) restarts_.push_back(now);
  ++attempt_;
  return after(now, pause(attempt_));
}

}  // namespace lastcall::core
