// How slowly a request body may come (G93): from its first byte on it has an allowance, and each byte buys a little more time, so that who
// sends fewer bytes a second than the limit on average runs out of it. Time in which the child takes nothing is not the client's and is
// given back. Part of an exchange; counts, and is told the time.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace lastcall::proxy {

class BodyRate {
 public:
  void received(std::size_t bytes, TimePoint now) {
    if (began_ == kNever) began_ = now;
    bytes_ += bytes;
  }
  // The child takes nothing, or takes again; idempotent.
  void pause(TimePoint now) { if (paused_since_ == kNever) paused_since_ = now; }
  void go_on(TimePoint now) {
    if (paused_since_ == kNever) return;
    if (began_ != kNever) began_ += now - paused_since_;
    paused_since_ = kNever;
  }
  // When the client has used up its time. `per_second`: bytes; 0: no limit.
  TimePoint deadline(std::uint32_t per_second, Duration allowance) const {
    if (per_second == 0 || began_ == kNever || paused_since_ != kNever) return kNever;
    const std::uint64_t whole = bytes_ / per_second;
    if (whole > kTooLong) return kNever;
    const std::uint64_t rest = bytes_ % per_second * std::uint64_t{1'000'000'000} / per_second;
    return after(after(began_, allowance), seconds(whole) + nanoseconds(rest));
  }

 private:
  static constexpr std::uint64_t kTooLong = 1'000'000'000;  // seconds
  TimePoint began_ = kNever, paused_since_ = kNever;
  std::uint64_t bytes_ = 0;
};

}  // namespace lastcall::proxy
