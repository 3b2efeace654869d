// What a user can decide about how requests go on to the command: whom to believe, what to add, what may pass. Plain values, part of
// Settings; the proxy process acts on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/network.h"

namespace lastcall::config {

enum class ForwardedStyle : std::uint8_t { x_forwarded, forwarded, both };

struct ForwardSettings {
  static constexpr std::uint64_t kUnlimited = UINT64_MAX;

  std::vector<Network> trust;                         // peers whose X-Forwarded-* and Forwarded are kept (G95)
  ForwardedStyle style = ForwardedStyle::x_forwarded;
  bool via = false;
  std::string request_id;                             // field name; empty: none
  std::vector<std::string> upgrades = {"websocket"};  // G69; empty: none
  std::uint64_t max_body = kUnlimited;                // bytes; 413 beyond
  std::string error_page;                             // the body of our own 502, 503 and 504
  bool operator==(const ForwardSettings&) const = default;
};

}  // namespace lastcall::config
