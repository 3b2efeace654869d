#include "proto/http_syntax.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "proto/http_head.h"

namespace lastcall::proto {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

std::size_t find_control(std::string_view text, std::size_t from) {
  // Eight bytes at a time. Of the bytes found the first is right; those behind it may be marked by its borrow, and HTAB is allowed.
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  static_assert(std::endian::native == std::endian::little, "the first byte of a word must be its lowest");
  std::size_t at = from;
  while (at + 8 <= text.size()) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t below = (word - kOnes * 0x20) & ~word;
    const std::uint64_t del = word ^ (kOnes * 0x7f);
    const std::uint64_t found = (below | ((del - kOnes) & ~del)) & kHigh;
    if (found == 0) {
      at += 8;
      continue;
    }
    at += static_cast<std::size_t>(std::countr_zero(found)) / 8;
    if (!is_text(text[at])) return at;
    ++at;
  }
  while (at < text.size() && is_text(text[at])) ++at;
  return at;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_host(std::string_view text) {
  std::size_t port = 0;  // where ":port" begins
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const auto inside = text.substr(1, end - 1);
    const auto of_ipv6 = [](char c) { return kHostChars.has(c) || c == ':'; };
    if (inside.find(':') == std::string_view::npos || !std::ranges::all_of(inside, of_ipv6)) return false;
    port = end + 1;
  } else {
    port = std::min(text.find(':'), text.size());
    if (!kHostChars.has_all(text.substr(0, port))) return false;
  }
  if (port == text.size()) return true;
  const auto digits = text.substr(port + 1);
  return text[port] == ':' && port > 0 && digits.size() <= 5 && std::ranges::all_of(digits, is_digit);
}

bool parse_length(std::string_view text, std::uint64_t& value) {
  if (text.empty()) return false;
  constexpr std::uint64_t kMax = INT64_MAX;  // room for additions, as in every file offset
  std::uint64_t sum = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (sum > (kMax - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  value = sum;
  return true;
}

}  // namespace lastcall::proto
