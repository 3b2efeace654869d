// The first bytes of connections to a listener that expects the PROXY protocol, with what must come of each: the ends that it names, or
// the beginning of the reason for which it is refused.
#pragma once

#include <span>
#include <string_view>

namespace lastcall::proto {

struct ProxyLine {
  std::string_view bytes;
  std::string_view outcome;
};

std::span<const ProxyLine> proxy_lines();

}  // namespace lastcall::proto
