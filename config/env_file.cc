#include "config/env_file.h"

#include <unistd.h>

#include <fmt/format.h>

#include "config/yaml_source.h"

namespace lastcall::config {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-')) return false;
  return true;
}

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

Environment parse_env_file(std::string_view text, const std::string& source, Diagnostics& diagnostics) {
  Environment variables;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view entry = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (entry.empty() || entry[0] == '#' || entry[0] == ';') continue;
    if (entry.starts_with("export ")) entry = trimmed(entry.substr(7));  // files that a shell reads as well
    const std::size_t equals = entry.find('=');
    const std::string_view name = trimmed(entry.substr(0, equals));
    if (equals == entry.npos || !is_name(name))
      diagnostics.push_back({{source, line, 1}, fmt::format("{} is not NAME=value", quoted(entry))});
    else
      variables.push_back(fmt::format("{}={}", name, unquoted(trimmed(entry.substr(equals + 1)))));
  }
  return variables;
}

Environment read_env_file(const std::string& path, Diagnostics& diagnostics) {
  const bool optional = path.starts_with('-');
  const std::string file = optional ? path.substr(1) : path;
  if (optional && ::access(file.c_str(), F_OK) != 0) return {};
  const Result<std::string> text = read_file(file);
  if (text) return parse_env_file(text.value(), file, diagnostics);
  diagnostics.push_back({{file}, text.error().message});
  return {};
}

}  // namespace lastcall::config
