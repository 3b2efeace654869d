// The two versions of the PROXY protocol's header, for proxy_header.cc alone. Pure functions.
#pragma once

#include "proto/proxy_header.h"

namespace lastcall::proto {

inline constexpr std::string_view kProxyV1{"PROXY "};
inline constexpr std::string_view kProxyV2{"\r\n\r\n\0\r\nQUIT\n", 12};

constexpr ProxyStep proxy_fault(const char* why) { return {ProxyStep::What::invalid, 0, why}; }

// `data` begins with the version's signature.
ProxyStep parse_proxy_v1(std::string_view data, ProxyHeader& header);
ProxyStep parse_proxy_v2(std::string_view data, ProxyHeader& header);

// The same two ends in one family, IPv4 where both have one: a dual-stack socket shows IPv4 in IPv6's clothes (G19). False: no such pair.
bool same_family(const Address& client, const Address& server, Address& client_out, Address& server_out);

}  // namespace lastcall::proto
