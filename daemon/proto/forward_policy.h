// How requests are passed on, by the user's wish: one per worker, made from the settings; and what is known of the client who sent one,
// one per connection. Plain values; decide nothing themselves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastcall::proto {

struct ForwardPolicy {
  bool x_forwarded = true;   // say who the client is by X-Forwarded-For, -Proto, -Host and -Port
  bool forwarded = false;    // and by Forwarded (RFC 7239)
  bool via = false;          // Via; else CDN-Loop, which changes nobody's behaviour (docs/design.md 4.1)
  std::string pseudonym = {};  // our name in them, unlike that of any other lastcall; empty: nothing is added, no loop is seen
  std::vector<std::string> upgrades = {"websocket"};  // protocols that may follow an Upgrade (G69)
  std::string request_id = {}; // the field that carries one; empty: none
};

struct ClientFacts {
  std::string_view host = {};      // as Address::host() writes it
  std::string_view proto = "http";
  std::uint16_t port = 0;          // where it connected; 0: unknown, and not told
  bool trusted = false;            // by `trust`: what it says about its own clients is passed on (G95)
};

}  // namespace lastcall::proto
