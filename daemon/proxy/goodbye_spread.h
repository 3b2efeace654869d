// When each WebSocket of a worker gets its Close as streams end: at once where they are few, evenly over a window where they are many,
// so that not all clients reconnect to the next replica in the same instant (G72); and how long its answer may take. One per worker;
// decides, does nothing.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/time.h"

namespace lastcall::proxy {

struct GoodbyeSpread {
  static constexpr std::size_t kFew = 100;
  static constexpr Duration kLongest = seconds(1);
  static constexpr Duration kShortestAnswer = seconds(1), kLongestAnswer = seconds(3);
  static constexpr Duration kMargin = milliseconds(100);  // we let go before the streams' time does

  std::size_t tunnels = 0;  // WebSockets that exist now

  // `deadline`: when the streams' time is over. Half of it is left for the answers.
  void start(TimePoint now, TimePoint deadline) {
    if (total_ > 0) return;
    start_ = now;
    deadline_ = deadline;
    total_ = tunnels;
    if (total_ > kFew && deadline > now) window_ = std::min<Duration>(kLongest, (deadline - now) / 2);
  }

  TimePoint next(TimePoint now) {
    if (given_ >= total_) return now;  // came after the others
    const auto place = static_cast<Duration::rep>(given_++);
    return std::max(now, start_ + window_ * place / static_cast<Duration::rep>(total_));
  }

  // Clients that were in the middle of much else answered, or ended their frame, later than the second of G71 and G72, on a machine that
  // had ten times too much to do; one that is gone for good must not hold up the stop for all the time that streams have.
  TimePoint answer_due(TimePoint said) const {
    return said + std::clamp<Duration>(deadline_ - kMargin - said, kShortestAnswer, kLongestAnswer);
  }

 private:
  TimePoint start_{};
  TimePoint deadline_{};
  Duration window_{0};
  std::size_t total_ = 0;
  std::size_t given_ = 0;
};

}  // namespace lastcall::proxy
