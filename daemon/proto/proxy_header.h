// The header of the PROXY protocol, versions 1 and 2 (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt): who is really at the
// other end of a connection that a load balancer made. All or nothing: a listener that expects one takes no byte for anything else
// before it is whole, and one that does not expect it never guesses (G121 to G123). Pure functions; worker process.
//
// Contract for a listener. Hold what arrives and call parse_proxy_header() with all of it until it says `done` or `invalid`; need_more
// is never said for kMaxProxyHeader bytes or more. `done`: the header is `consumed` bytes, what follows belongs to the protocol behind
// it. `invalid`: close without an answer. Set a time limit of at least 3 s on it, and accept it from trusted networks only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"

namespace lastcall::proto {

// A v1 line has at most 107 bytes; a v2 header may carry certificates, for which this is room.
inline constexpr std::size_t kMaxProxyHeader = 16 * 1024;

struct ProxyHeader {
  // False for LOCAL and UNKNOWN, and for what is not TCP or a Unix stream: the connection's own ends are the real ones (a health check).
  bool has_endpoints = false;
  Address client;  // where the connection came from
  Address server;  // where the client connected
};

struct ProxyStep {
  enum class What : std::uint8_t { need_more, done, invalid } what = What::need_more;
  std::size_t consumed = 0;
  const char* why = "";  // with invalid: a static text for the log
};

// The verdict depends on the bytes only, never on how they were split; a wrong byte is refused as soon as it is there.
ProxyStep parse_proxy_header(std::string_view data, ProxyHeader& header);

// Whether these bytes begin with the signature of either version: for a clear word to who sends one where none is expected.
bool begins_proxy_header(std::string_view data);

// The header for a connection from `client`, who connected to `server` (G207): written in one piece before any other byte, on an upstream
// connection of that client's own. Where the two are no pair that the version can say, it says UNKNOWN or UNSPEC.
void append_proxy_header_v1(std::string& out, const Address& client, const Address& server);
void append_proxy_header_v2(std::string& out, const Address& client, const Address& server);
void append_proxy_header_v2_local(std::string& out);  // for our own health checks

}  // namespace lastcall::proto
