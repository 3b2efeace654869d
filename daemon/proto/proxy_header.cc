#include "proto/proxy_header.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "proto/proxy_header_versions.h"

namespace lastcall::proto {
namespace {

// How far `data` goes along with a signature; the whole of the shorter one where it is not contradicted.
bool begins_like(std::string_view data, std::string_view signature) {
  const std::size_t size = std::min(data.size(), signature.size());
  return data.substr(0, size) == signature.substr(0, size);
}

Address ipv4(const Address& address) {
  if (address.family() != AF_INET6) return address;
  const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(address.data());
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = v6.sin6_port;
  std::memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, sizeof v4.sin_addr);
  return Address::from(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
}

Address ipv6(const Address& address) {
  if (address.family() != AF_INET) return address;
  const auto& v4 = *reinterpret_cast<const sockaddr_in*>(address.data());
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
  std::memcpy(v6.sin6_addr.s6_addr + 12, &v4.sin_addr, sizeof v4.sin_addr);
  return Address::from(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
}

bool is_ipv4(const Address& address) {
  if (address.family() == AF_INET) return true;
  return address.family() == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr);
}

bool is_ip(const Address& address) { return address.family() == AF_INET || address.family() == AF_INET6; }

}  // namespace

ProxyStep parse_proxy_header(std::string_view data, ProxyHeader& header) {
  header = {};
  if (begins_like(data, kProxyV1)) return data.size() < kProxyV1.size() ? ProxyStep{} : parse_proxy_v1(data, header);
  if (begins_like(data, kProxyV2)) return data.size() < kProxyV2.size() ? ProxyStep{} : parse_proxy_v2(data, header);
  return proxy_fault("not a PROXY header");
}

bool begins_proxy_header(std::string_view data) { return data.starts_with(kProxyV1) || data.starts_with(kProxyV2); }

bool same_family(const Address& client, const Address& server, Address& client_out, Address& server_out) {
  if (client.is_unix() && server.is_unix()) {
    client_out = client;
    server_out = server;
    return true;
  }
  if (!is_ip(client) || !is_ip(server)) return false;
  const bool v4 = is_ipv4(client) && is_ipv4(server);
  client_out = v4 ? ipv4(client) : ipv6(client);
  server_out = v4 ? ipv4(server) : ipv6(server);
  return true;
}

}  // namespace lastcall::proto
