// A block of addresses as people write it: "10.0.0.0/8", "2001:db8::/32", a single address, or "unix" for every Unix socket. IPv4 and the
// IPv6 form that it takes on a dual-stack socket are one and the same (G19). A value; decides who is trusted, resolves no names.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace lastcall {

class Network {
 public:
  static Result<Network> parse(std::string_view text);

  bool contains(const Address& address) const;
  std::string to_string() const;  // what parse() accepts
  bool operator==(const Network&) const = default;

 private:
  enum class Kind : std::uint8_t { ip, unix_sockets };

  Kind kind_ = Kind::unix_sockets;
  std::uint8_t bits_ = 0;                 // of the IPv6 form: 96 more than an IPv4 prefix says
  std::array<std::uint8_t, 16> prefix_{};  // IPv6, or IPv4 mapped into it
};

}  // namespace lastcall
