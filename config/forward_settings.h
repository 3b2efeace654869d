// What a user can decide about how requests go on to the command: whom to believe, what to add, what may pass. Plain values, part of
// Settings; the proxy process acts on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/network.h"

namespace lastcall::config {

enum class ForwardedStyle : std::uint8_t { x_forwarded, forwarded, both };

// Which version of the PROXY protocol is expected of peers in `trust`, and which is written to the command (G121, G207).
enum class ProxyAccept : std::uint8_t { off, v1, v2, any };
enum class ProxySend : std::uint8_t { off, v1, v2 };

struct ForwardSettings {
  static constexpr std::uint64_t kUnlimited = UINT64_MAX;

  std::vector<Network> trust;                         // peers whose X-Forwarded-* and Forwarded are kept (G95), or who announce by PROXY
  ProxyAccept proxy_accept = ProxyAccept::off;
  ProxySend proxy_send = ProxySend::off;
  ForwardedStyle style = ForwardedStyle::x_forwarded;
  bool via = false;
  std::string request_id;                             // field name; empty: none
  std::vector<std::string> upgrades = {"websocket"};  // G69; empty: none
  std::uint64_t max_body = kUnlimited;                // bytes; 413 beyond
  std::string error_page;                             // the body of our own 502, 503 and 504
  bool operator==(const ForwardSettings&) const = default;
};

}  // namespace lastcall::config
