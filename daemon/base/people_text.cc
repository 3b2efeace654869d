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

namespace {

// Bytes of the well-formed UTF-8 character that begins here (RFC 3629); 0: none does.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) > 0x9f;
  return overlong || surrogate || (first == 0xf4 && byte(1) > 0x8f) ? 0 : size;
}

bool steers(std::string_view one) {
  const auto first = static_cast<unsigned char>(one[0]);
  return first < 0x20 || first == 0x7f || (first == 0xc2 && static_cast<unsigned char>(one[1]) < 0xa0);
}

}  // namespace

std::string plain_line(std::string_view text, std::size_t longest) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = character(text), taken = std::max<std::size_t>(size, 1);
    if (result.size() + taken > longest) break;
    if (size == 0 || steers(text.substr(0, size)))
      result.append(taken, '?');
    else
      result += text.substr(0, size);
    text.remove_prefix(taken);
  }
  return result;
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
