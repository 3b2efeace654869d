#include "proto/json_text.h"

#include <cstdint>

namespace lastcall::proto {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// The length of the UTF-8 sequence at the beginning (Unicode, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF), or 0.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t index) { return index < text.size() ? static_cast<std::uint8_t>(text[index]) : std::uint8_t{0}; };
  const auto tail = [&](std::size_t index) { return (at(index) & 0xc0) == 0x80; };
  const std::uint8_t first = at(0), second = at(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool second_fits = tail(1) && (first != 0xe0 || second >= 0xa0) && (first != 0xed || second <= 0x9f);
    return second_fits && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool second_fits = tail(1) && (first != 0xf0 || second >= 0x90) && (first != 0xf4 || second <= 0x8f);
    return second_fits && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void append_escaped(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto value = static_cast<std::uint8_t>(c);
  out += "\\u00";
  out += kDigits[value >> 4];
  out += kDigits[value & 15];
}

bool is_plain(char c) { return static_cast<std::uint8_t>(c) >= 0x20 && static_cast<std::uint8_t>(c) < 0x7f && c != '"' && c != '\\'; }

}  // namespace

void append_json_string(std::string& out, std::string_view bytes) {
  out += '"';
  while (!bytes.empty()) {
    std::size_t plain = 0;
    while (plain < bytes.size() && is_plain(bytes[plain])) ++plain;
    out += bytes.substr(0, plain);
    bytes.remove_prefix(plain);
    if (bytes.empty()) break;
    const std::size_t length = sequence_length(bytes);
    if (length > 1)
      out += bytes.substr(0, length);
    else if (length == 1)
      append_escaped(out, bytes[0]);
    else
      out += kReplacement;
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

}  // namespace lastcall::proto
