// Version 1: "PROXY TCP4 192.0.2.7 192.0.2.8 56324 443\r\n", at most 107 bytes, single spaces (section 2.1).
#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>

#include "proto/http_syntax.h"
#include "proto/proxy_header_versions.h"
#include "proto/text_append.h"

namespace lastcall::proto {
namespace {

constexpr std::size_t kMaxLine = 107;

// The part up to the next space, which must not be the last byte; `rest` is what follows it. False where there is none.
bool take_word(std::string_view& rest, std::string_view& word) {
  const std::size_t space = rest.find(' ');
  if (space == std::string_view::npos) return false;
  word = rest.substr(0, space);
  rest.remove_prefix(space + 1);
  return true;
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return false;
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  port = static_cast<std::uint16_t>(value);
  return value <= 65535;
}

// inet_pton() is as strict as the specification: four decimals without leading zeros; no scope, no brackets.
bool parse_endpoint(int family, std::string_view host, std::string_view port_text, Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::uint16_t port = 0;
  if (host.empty() || host.size() >= text.size() || !parse_port(port_text, port)) return false;
  host.copy(text.data(), host.size());
  if (family == AF_INET) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (inet_pton(AF_INET, text.data(), &v4.sin_addr) != 1) return false;
    address = Address::from(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
    return true;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (inet_pton(AF_INET6, text.data(), &v6.sin6_addr) != 1) return false;
  address = Address::from(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  return true;
}

bool parse_endpoints(int family, std::string_view rest, ProxyHeader& header) {
  std::string_view client, server, client_port;
  if (!take_word(rest, client) || !take_word(rest, server) || !take_word(rest, client_port)) return false;
  header.has_endpoints = parse_endpoint(family, client, client_port, header.client) && parse_endpoint(family, server, rest, header.server);
  return header.has_endpoints;
}

// UNKNOWN may be followed by anything up to the CRLF, which is to be ignored; "UNKNOWNX" is another word.
bool is_unknown(std::string_view rest) {
  constexpr std::string_view kWord = "UNKNOWN";
  return rest.starts_with(kWord) && (rest.size() == kWord.size() || rest[kWord.size()] == ' ');
}

ProxyStep parse_line(std::string_view line, ProxyHeader& header) {
  const std::size_t size = line.size() + 2;
  line.remove_prefix(kProxyV1.size());
  if (is_unknown(line)) return {ProxyStep::What::done, size, ""};
  const bool tcp4 = line.starts_with("TCP4 ");
  if (!tcp4 && !line.starts_with("TCP6 ")) return proxy_fault("unknown protocol in a PROXY line");
  if (!parse_endpoints(tcp4 ? AF_INET : AF_INET6, line.substr(5), header)) {
    header = {};
    return proxy_fault("malformed address or port in a PROXY line");
  }
  return {ProxyStep::What::done, size, ""};
}

}  // namespace

ProxyStep parse_proxy_v1(std::string_view data, ProxyHeader& header) {
  for (std::size_t i = kProxyV1.size(); i < data.size() && i < kMaxLine; ++i) {
    if (data[i] == '\n') return proxy_fault("bare LF in a PROXY line");
    if (static_cast<unsigned char>(data[i]) < 0x20 && data[i] != '\r') return proxy_fault("control character in a PROXY line");
    if (data[i] != '\r') continue;
    if (i + 1 == kMaxLine) break;
    if (i + 1 == data.size()) return {};
    if (data[i + 1] != '\n') return proxy_fault("bare CR in a PROXY line");
    return parse_line(data.substr(0, i), header);
  }
  if (data.size() >= kMaxLine) return proxy_fault("PROXY line too long");
  return {};
}

void append_proxy_header_v1(std::string& out, const Address& client, const Address& server) {
  Address from, to;
  if (!same_family(client, server, from, to) || from.is_unix()) {
    out.append("PROXY UNKNOWN\r\n");
    return;
  }
  // Address::host() writes ::ffff:1.2.3.4 as IPv4; beside an IPv6 address it must stay one.
  const auto host = [&](const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = address.family() == AF_INET
                            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr)
                            : &reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr;
    return std::string(inet_ntop(address.family(), bytes, text.data(), text.size()));
  };
  out.append(from.family() == AF_INET ? "PROXY TCP4 " : "PROXY TCP6 ").append(host(from)).append(" ").append(host(to)).append(" ");
  append_number(out, from.port());
  out.append(" ");
  append_number(out, to.port());
  out.append("\r\n");
}

}  // namespace lastcall::proto
