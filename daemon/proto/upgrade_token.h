// The protocols of an Upgrade field (RFC 9110 section 7.8): "websocket", "TLS/1.0". Ways into HTTP/2 (h2c) are never among them: what
// follows such an upgrade would reach the child past every check (G69). Pure functions.
#pragma once

#include <string_view>

#include "proto/http_syntax.h"

namespace lastcall::proto {

bool may_upgrade_to(std::string_view protocol);

template <class Visit>
void for_each_upgrade(std::string_view value, Visit&& visit) {
  for_each_element(value, [&](std::string_view protocol) {
    if (may_upgrade_to(protocol)) visit(protocol);
  });
}

std::string_view first_upgrade_token(std::string_view value);  // empty if there is none

}  // namespace lastcall::proto
