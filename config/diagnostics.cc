#include "config/diagnostics.h"

#include <fmt/format.h>

namespace lastcall::config {

std::string to_string(const Diagnostic& diagnostic) {
  const Place& place = diagnostic.place;
  if (place.source.empty()) return diagnostic.message;
  if (place.line == 0) return fmt::format("{}: {}", place.source, diagnostic.message);
  return fmt::format("{}:{}:{}: {}", place.source, place.line, place.column, diagnostic.message);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 60;  // enough to recognise it; a message stays one line
  std::string result = "\"";
  for (const char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      result += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result + (text.size() > kLongest ? "...\"" : "\"");
}

}  // namespace lastcall::config
