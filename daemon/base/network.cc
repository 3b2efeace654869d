#include "base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include <fmt/format.h>

namespace lastcall {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr std::string_view kUnix = "unix";
constexpr Bytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;

bool is_mapped(const Bytes& bytes) { return std::equal(kMapped.begin(), kMapped.begin() + 12, bytes.begin()); }

Error bad_network(std::string_view text, std::string_view why) {
  return Error{0, fmt::format("\"{}\" is not a network: {}; write for example 10.0.0.0/8, 2001:db8::/32, 192.0.2.7 or unix", text, why)};
}

std::optional<Bytes> parse_host(const std::string& host) {
  Bytes bytes = kMapped;
  if (inet_pton(AF_INET, host.c_str(), bytes.data() + 12) == 1) return bytes;
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

std::optional<Bytes> bytes_of(const Address& address) {
  Bytes bytes = kMapped;
  if (address.family() == AF_INET) {
    std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr, 4);
  } else if (address.family() == AF_INET6) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr, bytes.size());
  } else {
    return std::nullopt;
  }
  return bytes;
}

// What of the byte at `index` belongs to a prefix of so many bits.
std::uint8_t mask(unsigned bits, std::size_t index) {
  const unsigned before = static_cast<unsigned>(index) * 8;
  const unsigned mine = bits <= before ? 0 : std::min(bits - before, 8U);
  return static_cast<std::uint8_t>(0xff00U >> mine);
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
  Network network;
  if (text == kUnix) return network;
  const std::size_t slash = text.find('/');
  const auto host = parse_host(std::string(text.substr(0, slash)));
  if (!host) return bad_network(text, "the part before the slash is an IPv4 or IPv6 address, without a port and without brackets");
  const bool v4 = text.substr(0, slash).find(':') == text.npos;
  const unsigned most = v4 ? 32 : 128;
  unsigned bits = most;
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size() || bits > most)
      return bad_network(text, fmt::format("after the slash stands a number from 0 to {}", most));
  }
  network.kind_ = Kind::ip;
  network.prefix_ = *host;
  network.bits_ = static_cast<std::uint8_t>(v4 ? bits + kMappedBits : bits);
  // An address with bits behind its prefix is a typing error more often than a wish, and here it would decide whom to trust.
  for (std::size_t i = 0; i < network.prefix_.size(); ++i) {
    network.prefix_[i] = static_cast<std::uint8_t>(network.prefix_[i] & mask(network.bits_, i));
  }
  if (network.prefix_ != *host) return bad_network(text, fmt::format("the network of that address is {}", network.to_string()));
  return network;
}

bool Network::contains(const Address& address) const {
  if (kind_ == Kind::unix_sockets) return address.is_unix();
  const auto bytes = bytes_of(address);
  if (!bytes) return false;
  // ::/0 means IPv6 to whoever writes it, and must not trust all of IPv4 because of how a dual-stack socket shows it.
  if (bits_ < kMappedBits && is_mapped(*bytes)) return false;
  for (std::size_t i = 0; i < prefix_.size(); ++i) {
    if (((*bytes)[i] & mask(bits_, i)) != prefix_[i]) return false;
  }
  return true;
}

std::string Network::to_string() const {
  if (kind_ == Kind::unix_sockets) return std::string(kUnix);
  char text[INET6_ADDRSTRLEN] = "";
  const bool v4 = bits_ >= kMappedBits && is_mapped(prefix_);
  if (v4)
    inet_ntop(AF_INET, prefix_.data() + 12, text, sizeof text);
  else
    inet_ntop(AF_INET6, prefix_.data(), text, sizeof text);
  return fmt::format("{}/{}", text, v4 ? bits_ - kMappedBits : bits_);
}

}  // namespace lastcall
