// The small pieces of HTTP's grammar that the parsers share: character sets, tokens, comma lists, numbers (RFC 9110 section 5.6).
// Pure functions over slices; nothing here allocates or remembers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lastcall::proto {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }
// SP, HTAB, VCHAR and obs-text: what a field value or a reason phrase may hold (RFC 9110 section 5.5, G87).
constexpr bool is_text(char c) { return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t'; }

class CharSet {
 public:
  constexpr explicit CharSet(std::string_view others) {
    for (unsigned c = 0; c < 128; ++c) {
      const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
      member_[c] = letter || (c >= '0' && c <= '9');
    }
    for (const char c : others) member_[static_cast<unsigned char>(c)] = true;
  }
  constexpr CharSet and_above_127() const {
    CharSet set = *this;
    for (unsigned c = 128; c < 256; ++c) set.member_[c] = true;
    return set;
  }
  constexpr bool has(char c) const { return member_[static_cast<unsigned char>(c)]; }
  bool has_all(std::string_view text) const {
    bool all = true;
    for (const char c : text) all = all & has(c);
    return all;
  }

 private:
  std::array<bool, 256> member_{};
};

inline constexpr CharSet kTokenChars{"!#$%&'*+-.^_`|~"};
// RFC 3986: what may stand in a path or a query. Also what browsers and curl send raw although it should be escaped, bytes above 127
// included, as it can't be mistaken for a delimiter of the request line; '#', controls and white space can't pass (G90).
inline constexpr CharSet kTargetChars = CharSet{"-._~:/?@!$&'()*+,;=%[]\"<>\\^`{|}"}.and_above_127();
inline constexpr CharSet kHostChars{"-._~%!$&'()*+,;="};  // reg-name (RFC 3986 section 3.2.2)

inline bool is_token(std::string_view text) { return !text.empty() && kTokenChars.has_all(text); }
std::size_t find_control(std::string_view text, std::size_t from);  // the first byte that is not is_text(), or the size
std::string_view trim(std::string_view text);
bool is_host(std::string_view text);  // uri-host [":" port], or empty

// 1*DIGIT of at most 2^63 - 1; nothing else (RFC 9112 section 6.3).
bool parse_length(std::string_view text, std::uint64_t& value);

// Calls `visit` with each element of a comma-separated list, trimmed; empty elements are skipped (RFC 9110 section 5.6.1.2).
template <class Visit>
void for_each_element(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto element = trim(list.substr(0, comma));
    if (!element.empty()) visit(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace lastcall::proto
