#include "config/placeholders.h"

#include <array>

namespace lastcall::config {
namespace {

struct Name {
  std::string_view text;
  Placeholder placeholder;
};

constexpr std::array<Name, 4> kNames{{{"{port}", Placeholder::port},
                                      {"{host}", Placeholder::host},
                                      {"{socket}", Placeholder::socket},
                                      {"{instance}", Placeholder::instance}}};

const Name* name_at(std::string_view text) {
  for (const Name& name : kNames)
    if (text.starts_with(name.text)) return &name;
  return nullptr;
}

// "{{port}}" at the start of `text`: the name inside.
const Name* escaped_at(std::string_view text) {
  if (!text.starts_with("{{")) return nullptr;
  const Name* name = name_at(text.substr(1));
  return name != nullptr && text.substr(1 + name->text.size()).starts_with('}') ? name : nullptr;
}

// Calls replace(placeholder) for each one and copies the rest.
template <class Replace>
std::string rewrite(std::string_view text, const Replace& replace) {
  std::string result;
  while (!text.empty()) {
    std::size_t used = 1;
    if (const Name* escaped = escaped_at(text)) {
      result += escaped->text;
      used = escaped->text.size() + 2;
    } else if (const Name* name = name_at(text)) {
      result += replace(name->placeholder);
      used = name->text.size();
    } else {
      result += text.front();
    }
    text.remove_prefix(used);
  }
  return result;
}

}  // namespace

std::vector<std::string> substitute(const std::vector<std::string>& command, const PlaceholderValues& values) {
  const auto value_of = [&](Placeholder placeholder) -> const std::string& {
    switch (placeholder) {
      case Placeholder::port: return values.port;
      case Placeholder::host: return values.host;
      case Placeholder::socket: return values.socket;
      case Placeholder::instance: break;
    }
    return values.instance;
  };
  std::vector<std::string> result;
  for (const std::string& argument : command) result.push_back(rewrite(argument, value_of));
  return result;
}

std::vector<std::string> unescape(const std::vector<std::string>& command) {
  const auto itself = [](Placeholder placeholder) {
    for (const Name& name : kNames)
      if (name.placeholder == placeholder) return name.text;
    return std::string_view();
  };
  std::vector<std::string> result;
  for (const std::string& argument : command) result.push_back(rewrite(argument, itself));
  return result;
}

bool uses(const std::vector<std::string>& command, Placeholder placeholder) {
  bool found = false;
  const auto look = [&](Placeholder each) {
    found |= each == placeholder;
    return "";
  };
  for (const std::string& argument : command) rewrite(argument, look);
  return found;
}

}  // namespace lastcall::config
