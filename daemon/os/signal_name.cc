#include "os/signal_name.h"

#include <charconv>
#include <csignal>
#include <cstring>

namespace lastcall::os {
namespace {

std::optional<int> parse_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> valid(std::optional<int> number) {
  // 32 and 33 belong to the C library's threads; SIGRTMIN says so.
  if (!number || *number < 1 || *number > SIGRTMAX || (*number > 31 && *number < SIGRTMIN)) return std::nullopt;
  return number;
}

std::optional<int> parse_real_time(std::string_view name) {
  const bool from_start = name.starts_with("RTMIN");
  if (!from_start && !name.starts_with("RTMAX")) return std::nullopt;
  const int base = from_start ? SIGRTMIN : SIGRTMAX;
  const std::string_view rest = name.substr(5);
  if (rest.empty()) return base;
  if (rest[0] != (from_start ? '+' : '-')) return std::nullopt;
  const auto offset = parse_number(rest.substr(1));
  if (!offset || *offset < 0 || *offset > SIGRTMAX - SIGRTMIN) return std::nullopt;
  return from_start ? base + *offset : base - *offset;
}

}  // namespace

std::string signal_name(int number) {
  if (number >= SIGRTMIN && number <= SIGRTMAX)
    return number == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(number - SIGRTMIN);
  if (const char* name = number > 0 ? ::sigabbrev_np(number) : nullptr; name != nullptr) return std::string("SIG") + name;
  return "signal " + std::to_string(number);
}

std::optional<int> parse_signal(std::string_view text) {
  if (!text.empty() && text[0] >= '0' && text[0] <= '9') return valid(parse_number(text));
  std::string name;
  for (const char c : text) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (name.starts_with("SIG")) name.erase(0, 3);
  if (name.starts_with("RT")) return parse_real_time(name);
  for (int number = 1; number < 32; ++number) {
    const char* known = ::sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  if (name == "IOT") return SIGABRT;
  if (name == "CLD") return SIGCHLD;
  if (name == "IO") return SIGIO;
  return std::nullopt;
}

}  // namespace lastcall::os
