#include "support/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <random>

namespace lastcall::test {
namespace {

constexpr std::uint16_t kFirst = 10'000;
constexpr std::uint16_t kLast = 19'999;

bool port_is_free(std::uint16_t port) {
  const Fd socket(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  // Any address, and listen: bind alone does not notice another SO_REUSEADDR socket.
  return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::listen(socket.get(), 1) == 0;
}

Fd lock_port(std::uint16_t port) {
  Fd socket(check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  const std::string name = "@lastcall/port/" + std::to_string(port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return Fd();
  return socket;
}

}  // namespace

FreePort::FreePort() {
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> pick(kFirst, kLast);
  for (int tries = 0; tries < 1'000; ++tries) {
    const auto port = static_cast<std::uint16_t>(pick(random));
    Fd lock = lock_port(port);
    if (lock && port_is_free(port)) {
      number_ = port;
      lock_ = std::move(lock);
      return;
    }
  }
  fail("no free port between 10000 and 19999");
}

}  // namespace lastcall::test
