#include "base/utc_text.h"

#include <chrono>
#include <iterator>

#include <fmt/format.h>

namespace lastcall {

UtcTime utc_time(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(unix_ms)};
  const auto midnight = floor<days>(time);
  const year_month_day date(midnight);
  const auto ms = static_cast<unsigned>((time - midnight).count());
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .hour = ms / 3'600'000,
          .minute = ms / 60'000 % 60,
          .second = ms / 1000 % 60,
          .millisecond = ms % 1000};
}

void append_utc(std::string& out, std::int64_t unix_ms) {
  const UtcTime utc = utc_time(unix_ms);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.year, utc.month, utc.day, utc.hour, utc.minute,
                 utc.second, utc.millisecond);
}

std::string utc_text(std::int64_t unix_ms) {
  std::string text;
  append_utc(text, unix_ms);
  return text;
}

}  // namespace lastcall
