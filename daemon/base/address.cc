#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstddef>
#include <cstring>

#include <fmt/format.h>

namespace lastcall {
namespace {

Error bad_address(std::string_view text, const char* why) {
  return Error{0, fmt::format("\"{}\" is not an address: {}; write for example :8080, 127.0.0.1:3000, [::1]:80 or unix:/run/app.sock",
                              text, why)};
}

Result<std::uint16_t> parse_port(std::string_view text, std::string_view whole) {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size() || value > 65535)
    return bad_address(whole, "the port is a number from 0 to 65535");
  return static_cast<std::uint16_t>(value);
}

Result<Address> parse_unix(std::string_view path, std::string_view whole) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) return bad_address(whole, "the path is empty");
  if (path.size() >= sizeof address.sun_path)
    return bad_address(whole, "a Unix socket path has at most 107 bytes");
  std::memcpy(address.sun_path, path.data(), path.size());
  size_t used = offsetof(sockaddr_un, sun_path) + path.size() + 1;
  if (path[0] == '@') {
    address.sun_path[0] = '\0';
    --used;
  }
  return Address::from(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(used));
}

Address make_v4(in_addr host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr = host;
  return Address::from(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Address make_v6(in6_addr host, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = host;
  return Address::from(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix(text.substr(5), text);
  const size_t colon = text.rfind(':');
  const std::string_view port_text = colon == text.npos ? text : text.substr(colon + 1);
  std::string_view host = colon == text.npos ? std::string_view() : text.substr(0, colon);
  const std::uint16_t port = TRY(parse_port(port_text, text));
  if (host.empty() || host == "*") return make_v6(in6addr_any, port);
  if (host == "localhost") return loopback(port);
  if (host.starts_with('[') && host.ends_with(']')) {
    in6_addr v6{};
    if (inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &v6) == 1) return make_v6(v6, port);
    return bad_address(text, "the part in brackets is not an IPv6 address");
  }
  in_addr v4{};
  if (inet_pton(AF_INET, std::string(host).c_str(), &v4) == 1) return make_v4(v4, port);
  return bad_address(text, host.find(':') != host.npos ? "an IPv6 address stands in brackets"
                                                       : "the host is numeric, or localhost (there is no resolver)");
}

Address Address::loopback(std::uint16_t port) { return make_v4(in_addr{htonl(INADDR_LOOPBACK)}, port); }

Address Address::from(const sockaddr* address, socklen_t size) {
  Address result;
  if (size > sizeof result.storage_) panic("socket address too long");
  std::memcpy(&result.storage_, address, size);
  result.size_ = size;
  return result;
}

bool Address::is_loopback() const {
  if (family() == AF_UNIX) return true;
  if (family() == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage_);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (family() != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(storage_).sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage_).sin6_port);
  return 0;
}

std::string Address::unix_path() const {
  if (!is_unix() || size_ <= offsetof(sockaddr_un, sun_path)) return "";
  const size_t length = size_ - offsetof(sockaddr_un, sun_path);
  if (storage_.path.sun_path[0] == '\0') {
    std::string name(storage_.path.sun_path, length);
    name[0] = '@';
    return name;
  }
  return std::string(storage_.path.sun_path, strnlen(storage_.path.sun_path, length));
}

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(storage_).sin_addr, text, sizeof text);
  } else if (family() == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6))
      inet_ntop(AF_INET, v6.s6_addr + 12, text, sizeof text);
    else
      inet_ntop(AF_INET6, &v6, text, sizeof text);
  } else {
    return is_unix() ? "unix" : "";
  }
  return text;
}

std::string Address::to_string() const {
  if (is_unix()) return "unix:" + unix_path();
  if (family() == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
    if (IN6_IS_ADDR_UNSPECIFIED(&v6)) return fmt::format(":{}", port());
    if (!IN6_IS_ADDR_V4MAPPED(&v6)) return fmt::format("[{}]:{}", host(), port());
  }
  return fmt::format("{}:{}", host(), port());
}

bool Address::operator==(const Address& other) const {
  return size_ == other.size_ && std::memcmp(&storage_, &other.storage_, size_) == 0;
}

}  // namespace lastcall
