#include "control/host_guard.h"

#include <algorithm>

#include "base/address.h"

namespace lastcall::control {
namespace {

// As browsers compare names: in lower case, the root's dot left out.
std::string normal(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  return host.substr(0, host.find(':', bracket));
}

bool answers_to(std::string_view host, const std::vector<std::string>& names) {
  const std::string name = normal(without_port(host));
  const bool known = std::ranges::any_of(names, [&](const std::string& one) { return one == "*" || one == name; });
  // Names inside a cluster or a compose file have no dot either ("app:9901"); no page of the world has such an address.
  if (known || name.find_first_of(".:") == name.npos || name.ends_with(".localhost")) return true;
  return Address::parse(name + ":1").ok();
}

}  // namespace lastcall::control
