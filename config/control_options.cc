#include "config/control_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/diagnostics.h"
#include "config/option_values.h"

namespace lastcall::config {

// A relative path would be another one for whoever reads LASTCALL_SOCKET in another directory.
Status set_control_socket(Settings& settings, std::string_view text) {
  const bool fits = text == "auto" || text == "off" || (text.size() > 1 && (text[0] == '/' || text[0] == '@'));
  if (!fits) return Error{0, fmt::format("{} is no place for a socket; write auto, off, an absolute path, or @NAME", quoted(text))};
  if (text[0] != 'a' && text != "off") TRY(Address::parse(fmt::format("unix:{}", text)));
  settings.control.socket = text;
  return {};
}

Status add_admin_host(Settings& settings, std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool fits = !name.empty() && name.size() <= 253 && !name.starts_with('.') &&  // RFC 1035 section 2.3.4
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == name.npos;
  if (!fits && name != "*")
    return Error{0, fmt::format("{} is no host name; write for example status.internal, without scheme and port, or * for any", quoted(text))};
  settings.control.admin_host.push_back(std::move(name));
  return {};
}

Status set_lame_duck_readiness(Settings& settings, std::string_view text) {
  if (text == "platform")
    settings.control.lame_duck = LameDuckReadiness::by_platform;
  else if (text == "ready")
    settings.control.lame_duck = LameDuckReadiness::ready;
  else if (text == "failing")
    settings.control.lame_duck = LameDuckReadiness::failing;
  else
    return Error{0, fmt::format("{} is none of platform, ready, failing", quoted(text))};
  return {};
}

std::vector<std::string> print_lame_duck_readiness(const Settings& settings) {
  switch (settings.control.lame_duck) {
    case LameDuckReadiness::by_platform: return {"platform"};
    case LameDuckReadiness::ready: return {"ready"};
    case LameDuckReadiness::failing: return {"failing"};
  }
  return {};
}

Status set_failing_code(Settings& settings, std::string_view text) {
  std::uint32_t code = 0;
  TRY(parse_into(text, code));
  if (code < 400 || code > 599) return Error{0, fmt::format("{} is no failing status; write 404 or 503 for example", code)};
  settings.control.failing_code = code;
  return {};
}

}  // namespace lastcall::config
