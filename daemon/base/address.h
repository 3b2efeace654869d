// Where a socket listens or connects: numeric IPv4 or IPv6 with a port, or a Unix socket path ("unix:/run/app.sock", "unix:@abstract").
// Names other than `localhost` are refused: a static binary has no resolver (decision 14). A value; owns nothing.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lastcall {

class Address {
 public:
  Address() = default;  // AF_UNSPEC

  // ":8080" (every interface, dual stack: G19), "127.0.0.1:80", "[::1]:80", "localhost:80", "80", "unix:/path", "unix:@name".
  static Result<Address> parse(std::string_view text);
  static Address loopback(std::uint16_t port);  // 127.0.0.1
  static Address from(const sockaddr* address, socklen_t size);

  int family() const { return storage_.any.sa_family; }
  bool is_unix() const { return family() == AF_UNIX; }
  bool is_loopback() const;  // 127.0.0.0/8, ::1, or a Unix socket
  std::uint16_t port() const;        // host order; 0 for Unix sockets
  std::string unix_path() const;     // without "unix:"; abstract names start with '@'
  const sockaddr* data() const { return &storage_.any; }
  socklen_t size() const { return size_; }

  std::string to_string() const;  // what parse() accepts: "127.0.0.1:80", "[::1]:80", "unix:/path"
  // The host alone, an IPv4-mapped IPv6 address as IPv4 (G19); "unix" for Unix sockets. For X-Forwarded-For.
  std::string host() const;

  bool operator==(const Address& other) const;

 private:
  union Storage {
    sockaddr any;
    sockaddr_storage inet;
    sockaddr_un path;
  } storage_{};
  socklen_t size_ = 0;
};

}  // namespace lastcall
