#include "base/people_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace lastcall {

std::string people_duration(Duration value) {
  if (value == kInfinite) return "no limit";
  const std::int64_t ms = value < Duration::zero() ? 0 : to_ms(value);
  if (ms < 1000) return fmt::format("{} ms", ms);
  // Cut, never rounded up: "10.0 s" must not stand for 9.996 s in a column that is compared with its plan.
  if (ms < 10'000) return fmt::format("{}.{:02} s", ms / 1000, ms % 1000 / 10);
  if (ms < 60'000) return fmt::format("{}.{} s", ms / 1000, ms % 1000 / 100);
  const std::int64_t s = ms / 1000;
  if (s < 3600) return fmt::format("{}m {:02}s", s / 60, s % 60);
  return fmt::format("{}h {:02}m", s / 3600, s % 3600 / 60);
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column + end > width && column > indent) {
      result.back() = '\n';  // the space before
      result.append(indent, ' ');
      column = indent;
    }
    result.append(text.substr(0, end)).append(end < text.size() ? " " : "");
    column += end + 1;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string counted(std::uint64_t count, std::string_view noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

}  // namespace lastcall
