// Appending to a scratch string, as the writers of heads do it. Pure functions.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace lastcall::proto {

inline void append_number(std::string& out, std::uint64_t number, int base = 10) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number, base);
  out.append(digits, end);
}

inline void append_line(std::string& out, std::string_view name_and_colon, std::string_view value) {
  out.append(name_and_colon).append(value).append("\r\n");
}

}  // namespace lastcall::proto
