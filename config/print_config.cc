#include "config/print_config.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <yaml-cpp/binary.h>

#include "config/diagnostics.h"
#include "config/option_table.h"

namespace lastcall::config {
namespace {

// The length of the UTF-8 character at the start, 0 where there is none (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if ((first & 0xf0) == 0xe0) {
    const bool allowed = !(first == 0xe0 && byte(1) < 0xa0) && !(first == 0xed && byte(1) > 0x9f);
    return allowed && continues(1) && continues(2) ? 3 : 0;
  }
  if (first < 0xf0 || first > 0xf4) return 0;
  const bool allowed = !(first == 0xf0 && byte(1) < 0x90) && !(first == 0xf4 && byte(1) > 0x8f);
  return allowed && continues(1) && continues(2) && continues(3) ? 4 : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Words that some YAML reader takes for something else than text, and anything with a character that could mean more than itself.
bool is_plain(std::string_view text) {
  constexpr std::array<std::string_view, 10> kWords{"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"};
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return !text.empty() && text.find_first_not_of(kSafe) == text.npos && text[0] != '-' && text[0] != '.' && text[0] != '+' &&
         std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

std::string scalar(std::string_view text, ValueType type) {
  if (type == ValueType::boolean || is_plain(text)) return std::string(text);
  // YAML is Unicode text, an argument is bytes: what is not UTF-8 travels as YAML's own type for bytes.
  if (!is_utf8(text)) return "!!binary " + YAML::EncodeBase64(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + '"';
}

std::string list_of_records(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "[" : ", ") + text;
  return list + "]";
}

std::string value_text(const Option& option, const std::vector<std::string>& texts) {
  if (option.type == ValueType::records) return list_of_records(texts);  // they are YAML already
  if (!option.repeatable) return scalar(texts.front(), option.type);
  const bool map = option.type == ValueType::map;
  std::string list;
  for (const std::string& text : texts) {
    list += list.empty() ? (map ? "{" : "[") : ", ";
    const std::size_t equals = map ? text.find('=') : 0;
    if (map) list += scalar(text.substr(0, equals), option.type) + ": ";
    list += scalar(map ? text.substr(equals + 1) : text, option.type);
  }
  return list + (map ? "}" : "]");
}

}  // namespace

std::string flow_scalar(std::string_view text) { return scalar(text, ValueType::text); }

std::string print_config(const Settings& settings) {
  std::string yaml;
  std::string_view group;
  std::string section;
  for (const Option& option : option_table()) {
    const std::vector<std::string> texts = option.print(settings);
    if (texts.empty()) continue;
    if (option.group != group) yaml += fmt::format("{}# {}\n", yaml.empty() ? "" : "\n", option.group);
    group = option.group;
    if (option.section() != section && !option.section().empty()) yaml += option.section() + ":\n";
    section = option.section();
    yaml += fmt::format("{}{}: {}", section.empty() ? "" : "  ", option.key(), value_text(option, texts));
    if (option.name == "grace" && !settings.grace_source.empty()) yaml += fmt::format("  # from {}", quoted(settings.grace_source));
    yaml += '\n';
  }
  return yaml;
}

}  // namespace lastcall::config
