#include "core/respawn_policy.h"

#include <algorithm>

namespace lastcall::core {
namespace {

constexpr Duration kLongWindow = seconds(60);   // so many deaths in it mean that replacing helps nobody
constexpr std::size_t kHopeless = 10;
constexpr Duration kShortWindow = seconds(10);  // so many in it mean that the next one waits
constexpr std::ptrdiff_t kUnlucky = 3;
constexpr Duration kFirstWait = milliseconds(100);
constexpr Duration kLongestWait = seconds(5);

}  // namespace

std::optional<TimePoint> RespawnPolicy::on_death(TimePoint now) {
  deaths_.push_back(now);
  while (now - deaths_.front() >= kLongWindow) deaths_.pop_front();
  if (deaths_.size() >= kHopeless) return std::nullopt;
  const auto recent = std::count_if(deaths_.begin(), deaths_.end(), [&](TimePoint death) { return now - death < kShortWindow; });
  if (recent < kUnlucky) return now;
  // The hopeless limit keeps the shift below 7.
  return now + std::min(kFirstWait * (1 << (recent - kUnlucky)), kLongestWait);
}

}  // namespace lastcall::core
