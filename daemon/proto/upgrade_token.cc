#include "proto/upgrade_token.h"

#include "proto/http_head.h"

namespace lastcall::proto {

bool may_upgrade_to(std::string_view protocol) {
  const auto name = protocol.substr(0, protocol.find('/'));
  const auto version = protocol.substr(name.size());
  if (!is_token(name) || (!version.empty() && !is_token(version.substr(1)))) return false;
  return !equals_ignoring_case(name, "h2c") && !equals_ignoring_case(name, "h2") && !equals_ignoring_case(name, "http");
}

std::string_view first_upgrade_token(std::string_view value) {
  std::string_view first;
  for_each_upgrade(value, [&](std::string_view protocol) {
    if (first.empty()) first = protocol;
  });
  return first;
}

}  // namespace lastcall::proto
