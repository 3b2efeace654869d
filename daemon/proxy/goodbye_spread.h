// When each WebSocket of a worker gets its Close as streams end: at once where they are few, evenly over a window where they are many,
// so that not all clients reconnect to the next replica in the same instant (G72). One per worker; decides, does nothing.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/time.h"

namespace lastcall::proxy {

struct GoodbyeSpread {
  static constexpr std::size_t kFew = 100;
  static constexpr Duration kLongest = seconds(1);

  std::size_t tunnels = 0;  // WebSockets that exist now

  // `deadline`: when the streams' time is over. Half of it is left for the answers.
  void start(TimePoint now, TimePoint deadline) {
    if (total_ > 0) return;
    start_ = now;
    total_ = tunnels;
    if (total_ > kFew && deadline > now) window_ = std::min<Duration>(kLongest, (deadline - now) / 2);
  }

  TimePoint next(TimePoint now) {
    if (given_ >= total_) return now;  // came after the others
    const auto place = static_cast<Duration::rep>(given_++);
    return std::max(now, start_ + window_ * place / static_cast<Duration::rep>(total_));
  }

 private:
  TimePoint start_{};
  Duration window_{0};
  std::size_t total_ = 0;
  std::size_t given_ = 0;
};

}  // namespace lastcall::proxy
