// Version 2: signature, version and command, family and protocol, a length, and so many bytes of addresses and TLVs (section 2.2).
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "proto/crc32c.h"
#include "proto/proxy_header_versions.h"

namespace lastcall::proto {
namespace {

constexpr std::size_t kFixed = 16;
constexpr std::uint8_t kVersion = 0x20, kLocal = 0x0, kProxy = 0x1;
constexpr std::uint8_t kInet = 0x1, kInet6 = 0x2, kUnix = 0x3, kStream = 0x1, kDatagram = 0x2;
constexpr std::size_t kInetSize = 12, kInet6Size = 36, kUnixPath = 108, kUnixSize = 2 * kUnixPath;

constexpr std::uint8_t kCrc32c = 0x03;
constexpr std::size_t kTlvHead = 3;

std::uint8_t byte_at(std::string_view data, std::size_t at) { return static_cast<std::uint8_t>(data[at]); }

std::size_t u16_at(std::string_view data, std::size_t at) { return static_cast<std::size_t>(byte_at(data, at)) << 8 | byte_at(data, at + 1); }

std::size_t addresses_size(std::uint8_t family) {
  return family == kInet ? kInetSize : family == kInet6 ? kInet6Size : family == kUnix ? kUnixSize : 0;
}

// Of the whole header, with zeros in the checksum's own place `at` (section 2.2.4).
bool checksum_holds(std::string_view header, std::size_t at) {
  std::uint32_t told = 0;
  for (std::size_t i = 0; i < 4; ++i) told = told << 8 | byte_at(header, at + i);
  std::uint32_t sum = crc32c(header.substr(0, at));
  sum = crc32c(std::string_view("\0\0\0\0", 4), sum);
  return crc32c(header.substr(at + 4), sum) == told;
}

// Only a checksum is looked for; everything else about TLVs is for others to know, so what is no list of them is skipped as well.
const char* judge_tlvs(std::string_view header, std::size_t at) {
  while (at + kTlvHead <= header.size()) {
    const std::size_t size = u16_at(header, at + 1);
    if (at + kTlvHead + size > header.size()) return nullptr;
    if (byte_at(header, at) == kCrc32c && (size != 4 || !checksum_holds(header, at + kTlvHead))) return "wrong checksum in a PROXY header";
    at += kTlvHead + size;
  }
  return nullptr;
}

Address read_v4(const char* host, const char* port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  std::memcpy(&v4.sin_addr, host, sizeof v4.sin_addr);
  std::memcpy(&v4.sin_port, port, sizeof v4.sin_port);
  return Address::from(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
}

Address read_v6(const char* host, const char* port) {
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  std::memcpy(&v6.sin6_addr, host, sizeof v6.sin6_addr);
  std::memcpy(&v6.sin6_port, port, sizeof v6.sin6_port);
  return Address::from(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
}

// A path ends at its first NUL; an abstract name begins with one and ends where the padding begins.
Address read_unix(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, kUnixPath);
  std::size_t size = kUnixPath;
  while (size > 0 && path[size - 1] == '\0') --size;
  const bool abstract = path[0] == '\0';
  if (!abstract) size = std::min(::strnlen(path, kUnixPath) + 1, kUnixPath);
  return Address::from(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size));
}

ProxyStep read_endpoints(std::uint8_t family, std::string_view body, ProxyHeader& header) {
  const char* at = body.data();
  if (body.size() < addresses_size(family)) return proxy_fault("PROXY header shorter than its addresses");
  if (family == kInet) {
    header.client = read_v4(at, at + 8);
    header.server = read_v4(at + 4, at + 10);
  } else if (family == kInet6) {
    header.client = read_v6(at, at + 32);
    header.server = read_v6(at + 16, at + 34);
  } else {
    header.client = read_unix(at);
    header.server = read_unix(at + kUnixPath);
  }
  header.has_endpoints = true;
  return {ProxyStep::What::done, kFixed + body.size(), ""};
}

// What can be told before the length: each byte is judged when it is there.
const char* judge_fixed(std::string_view data) {
  if (data.size() > 12 && (byte_at(data, 12) & 0xf0) != kVersion) return "unknown version of a PROXY header";
  if (data.size() > 12 && (byte_at(data, 12) & 0x0f) > kProxy) return "unknown command in a PROXY header";
  if (data.size() <= 13 || (byte_at(data, 12) & 0x0f) == kLocal) return nullptr;  // LOCAL: the family is to be ignored
  if (byte_at(data, 13) >> 4 > kUnix || (byte_at(data, 13) & 0x0f) > kDatagram) return "unknown family in a PROXY header";
  return nullptr;
}

void put_address(std::string& out, const Address& address) {
  const sockaddr* data = address.data();
  if (address.family() == AF_INET) {
    out.append(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(data)->sin_addr), 4);
  } else if (address.family() == AF_INET6) {
    out.append(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(data)->sin6_addr), 16);
  } else {
    std::array<char, kUnixPath> path{};
    const std::size_t size = address.size() > offsetof(sockaddr_un, sun_path) ? address.size() - offsetof(sockaddr_un, sun_path) : 0;
    std::memcpy(path.data(), reinterpret_cast<const sockaddr_un*>(data)->sun_path, std::min(size, path.size()));
    out.append(path.data(), path.size());
  }
}

void put_u16(std::string& out, std::size_t value) {
  out.push_back(static_cast<char>(value >> 8 & 0xff));
  out.push_back(static_cast<char>(value & 0xff));
}

void put_fixed(std::string& out, std::uint8_t command, std::uint8_t family, std::size_t size) {
  out.append(kProxyV2);
  out.push_back(static_cast<char>(kVersion | command));
  out.push_back(static_cast<char>(family == 0 ? 0 : family << 4 | kStream));
  put_u16(out, size);
}

}  // namespace

ProxyStep parse_proxy_v2(std::string_view data, ProxyHeader& header) {
  if (const char* why = judge_fixed(data)) return proxy_fault(why);
  if (data.size() < kFixed) return {};
  const std::size_t size = u16_at(data, 14);
  if (kFixed + size > kMaxProxyHeader) return proxy_fault("PROXY header too long");
  if (data.size() < kFixed + size) return {};

  const std::uint8_t command = byte_at(data, 12) & 0x0f;
  const std::uint8_t family = byte_at(data, 13) >> 4;
  const std::uint8_t protocol = byte_at(data, 13) & 0x0f;
  if (const char* why = judge_tlvs(data.substr(0, kFixed + size), kFixed + addresses_size(family))) return proxy_fault(why);
  // Valid, but not ours to use: the connection's own ends hold (section 2.2 on UNSPEC and datagrams).
  if (command == kLocal || family == 0 || protocol != kStream) return {ProxyStep::What::done, kFixed + size, ""};
  return read_endpoints(family, data.substr(kFixed, size), header);
}

void append_proxy_header_v2(std::string& out, const Address& client, const Address& server) {
  Address from, to;
  if (!same_family(client, server, from, to)) return put_fixed(out, kProxy, 0, 0);
  const std::uint8_t family = from.family() == AF_INET ? kInet : from.family() == AF_INET6 ? kInet6 : kUnix;
  put_fixed(out, kProxy, family, family == kInet ? kInetSize : family == kInet6 ? kInet6Size : kUnixSize);
  put_address(out, from);
  put_address(out, to);
  if (family == kUnix) return;
  put_u16(out, from.port());
  put_u16(out, to.port());
}

void append_proxy_header_v2_local(std::string& out) { put_fixed(out, kLocal, 0, 0); }

}  // namespace lastcall::proto
