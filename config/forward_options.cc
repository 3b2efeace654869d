#include "config/forward_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "config/diagnostics.h"

namespace lastcall::config {
namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view kNone = "none";
constexpr std::string_view kUnlimitedText = "unlimited";
constexpr std::size_t kMaxPage = 64 * 1024;  // the settings travel in a memfd of 1 MiB at most

struct StyleName {
  std::string_view name;
  ForwardedStyle style;
};
constexpr std::array<StyleName, 3> kStyles{{{"x-forwarded", ForwardedStyle::x_forwarded},
                                            {"forwarded", ForwardedStyle::forwarded},
                                            {"both", ForwardedStyle::both}}};

struct Unit {
  char letter;
  unsigned shift;
};
constexpr std::array<Unit, 4> kUnits{{{'T', 40}, {'G', 30}, {'M', 20}, {'K', 10}}};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

// Fields that mean something to us or to every server: an id in their place would break requests.
bool is_taken(const std::string& name) {
  constexpr std::array<std::string_view, 18> kTaken{
      "accept", "authorization", "cdn-loop", "connection", "content-length", "content-type", "cookie", "expect", "forwarded",
      "host", "keep-alive", "max-forwards", "origin", "te", "trailer", "transfer-encoding", "upgrade", "via"};
  return std::ranges::find(kTaken, name) != kTaken.end() || name.starts_with("x-forwarded") || name.starts_with("proxy-") ||
         name.starts_with("sec-");
}

}  // namespace

Status add_trusted(Settings& settings, std::string_view text) {
  settings.forward.trust.push_back(TRY(Network::parse(text)));
  return {};
}

Texts print_trusted(const Settings& settings) {
  Texts texts;
  for (const Network& network : settings.forward.trust) texts.push_back(network.to_string());
  return texts;
}

Status set_forwarded_style(Settings& settings, std::string_view text) {
  for (const auto& [name, style] : kStyles) {
    if (name != text) continue;
    settings.forward.style = style;
    return {};
  }
  return Error{0, fmt::format("{} is none of the choices; write x-forwarded, forwarded or both", quoted(text))};
}

Texts print_forwarded_style(const Settings& settings) {
  for (const auto& [name, style] : kStyles)
    if (style == settings.forward.style) return {std::string(name)};
  panic("an option holds a value without a name");
}

Status set_request_id(Settings& settings, std::string_view text) {
  if (!is_name(text)) return Error{0, fmt::format("{} is not the name of a field; write for example X-Request-Id", quoted(text))};
  if (is_taken(lower(text))) return Error{0, fmt::format("{} has a meaning of its own; write for example X-Request-Id", quoted(text))};
  settings.forward.request_id = text;
  return {};
}

Status add_upgrade(Settings& settings, std::string_view text) {
  const std::string name = lower(text);
  if (name == kNone) {
    settings.forward.upgrades.clear();
    return {};
  }
  if (!is_name(text)) return Error{0, fmt::format("{} is not the name of a protocol; write for example websocket", quoted(text))};
  if (name == "h2c" || name == "h2" || name == "http")
    return Error{0, fmt::format("{} would carry requests past every check of lastcall; write for example websocket", quoted(text))};
  auto& upgrades = settings.forward.upgrades;
  if (std::ranges::find(upgrades, name) == upgrades.end()) upgrades.push_back(name);
  return {};
}

void clear_upgrades(Settings& settings) { settings.forward.upgrades.clear(); }

Texts print_upgrades(const Settings& settings) {
  return settings.forward.upgrades.empty() ? Texts{std::string(kNone)} : settings.forward.upgrades;
}

Status set_max_body(Settings& settings, std::string_view text) {
  const Error wrong{0, fmt::format("{} is not a size; write for example 10M, 512K, 1G, a number of bytes, or unlimited", quoted(text))};
  if (text == kUnlimitedText) {
    settings.forward.max_body = ForwardSettings::kUnlimited;
    return {};
  }
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end == text.data()) return wrong;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.ends_with("iB")) unit.remove_suffix(2);
  else if (unit.size() > 1 && unit.ends_with('B')) unit.remove_suffix(1);
  unsigned shift = 0;
  for (const auto& [letter, bits] : kUnits)
    if (unit.size() == 1 && std::toupper(static_cast<unsigned char>(unit[0])) == letter) shift = bits;
  if (!unit.empty() && shift == 0) return wrong;
  // What does not fit, or would mean unlimited, is a typing error: no disk holds it.
  if (number > (static_cast<std::uint64_t>(INT64_MAX) >> shift)) return wrong;
  settings.forward.max_body = number << shift;
  return {};
}

Texts print_max_body(const Settings& settings) {
  const std::uint64_t bytes = settings.forward.max_body;
  if (bytes == ForwardSettings::kUnlimited) return {std::string(kUnlimitedText)};
  for (const auto& [letter, shift] : kUnits)
    if (bytes > 0 && bytes % (UINT64_C(1) << shift) == 0) return {fmt::format("{}{}", bytes >> shift, letter)};
  return {std::to_string(bytes)};
}

Status set_error_page(Settings& settings, std::string_view text) {
  if (text.empty()) return Error{0, "the text is empty"};
  if (text.size() > kMaxPage) return Error{0, fmt::format("the page has {} bytes; at most {} are possible", text.size(), kMaxPage)};
  settings.forward.error_page = text;
  return {};
}

}  // namespace lastcall::config
