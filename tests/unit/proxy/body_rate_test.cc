#include "proxy/body_rate.h"

#include <doctest/doctest.h>

using namespace lastcall;
using proxy::BodyRate;

namespace {

constexpr TimePoint kStart{std::chrono::hours(1)};
constexpr Duration kAllowance = seconds(10);

}  // namespace

TEST_CASE("G93: 256 bytes a second after 10 s: each byte buys a 256th of a second, and no more") {
  BodyRate rate;
  CHECK(rate.deadline(256, kAllowance) == kNever);  // not a byte yet: that is another limit's business
  rate.received(0, kStart);
  CHECK(rate.deadline(256, kAllowance) == kStart + seconds(10));
  rate.received(255, kStart + seconds(9));
  CHECK(rate.deadline(256, kAllowance) == kStart + seconds(10) + nanoseconds(996'093'750));
  rate.received(1, kStart + seconds(9));
  CHECK(rate.deadline(256, kAllowance) == kStart + seconds(11));
  rate.received(1, kStart + seconds(10));
  CHECK(rate.deadline(256, kAllowance) == kStart + seconds(11) + nanoseconds(3'906'250));
}

TEST_CASE("G93: at the limit for ever is enough, a byte a second less is not") {
  for (const std::uint32_t sent : {255U, 256U, 257U}) {
    CAPTURE(sent);
    BodyRate rate;
    bool late = false;
    for (int second = 0; second < 10'000 && !late; ++second) {
      const TimePoint now = kStart + seconds(second);
      rate.received(sent, now);
      late = rate.deadline(256, kAllowance) <= now;
    }
    CHECK(late == (sent < 256));
  }
}

TEST_CASE("G93: while the child takes nothing the client's time stands still") {
  BodyRate rate;
  rate.received(1, kStart);
  rate.pause(kStart + seconds(3));
  rate.pause(kStart + seconds(5));
  CHECK(rate.deadline(1, kAllowance) == kNever);
  rate.go_on(kStart + seconds(103));
  rate.go_on(kStart + seconds(104));
  CHECK(rate.deadline(1, kAllowance) == kStart + seconds(111));
}

TEST_CASE("G93: no limit, and more bytes than time can say") {
  BodyRate rate;
  rate.received(1, kStart);
  CHECK(rate.deadline(0, kAllowance) == kNever);
  CHECK(rate.deadline(256, kInfinite) == kNever);
  rate.received(UINT64_MAX - 1, kStart);
  CHECK(rate.deadline(1, kAllowance) == kNever);
  CHECK(rate.deadline(UINT32_MAX, kAllowance) > kStart + seconds(UINT32_MAX - 1));
}
