#include "base/duration_text.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace lastcall {
namespace {

struct Unit {
  std::string_view name;
  Duration size;
};

// Longest first, so that formatting takes the largest unit that divides.
constexpr std::array<Unit, 6> kUnits{{{"h", std::chrono::hours(1)},
                                      {"m", std::chrono::minutes(1)},
                                      {"s", seconds(1)},
                                      {"ms", milliseconds(1)},
                                      {"us", microseconds(1)},
                                      {"ns", nanoseconds(1)}}};

// A year: beyond it a typo is likelier than a wish, and sums of such values can't overflow.
constexpr Duration kLongest = std::chrono::hours(24 * 366);

Error not_a_duration(std::string_view text) {
  return Error{0, fmt::format("\"{}\" is not a duration; write for example 30s, 1m30s, 250ms or infinity", text)};
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "infinity") return kInfinite;
  if (text.empty()) return not_a_duration(text);
  double total_ns = 0;
  for (std::string_view rest = text; !rest.empty();) {
    double number = 0;
    if (rest.find_first_of("0123456789.") != 0) return not_a_duration(text);  // from_chars would also take "inf" and "nan"
    const bool alone = rest.size() == text.size();
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (failure != std::errc()) return not_a_duration(text);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const size_t length = std::min(rest.find_first_of("0123456789."), rest.size());
    const std::string_view name = rest.substr(0, length);
    rest.remove_prefix(length);
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits)
      if (candidate.name == name || (name.empty() && candidate.name == "s")) unit = &candidate;
    if (unit == nullptr || (name.empty() && !(alone && rest.empty()))) return not_a_duration(text);
    total_ns += number * static_cast<double>(unit->size.count());
  }
  if (!(total_ns <= static_cast<double>(kLongest.count())))
    return Error{0, fmt::format("\"{}\" is longer than a year; write infinity for no limit", text)};
  return Duration(static_cast<Duration::rep>(total_ns + 0.5));
}

std::string format_duration(Duration value) {
  if (value == kInfinite) return "infinity";
  if (value == Duration::zero()) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    if (const auto count = value / unit.size; count != 0) {
      text += fmt::format("{}{}", count, unit.name);
      value -= count * unit.size;
    }
  }
  return text;
}

}  // namespace lastcall
