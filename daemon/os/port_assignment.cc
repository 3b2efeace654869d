#include "os/port_assignment.h"

#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "base/address.h"

namespace lastcall::os {
namespace {

constexpr unsigned kDefaultLow = 32768;  // ip-sysctl: ip_local_port_range
constexpr unsigned kSpan = 20000;        // enough for any number of starts, and far from the well-known services
constexpr unsigned kLowest = 1024;

unsigned lowest_ephemeral_port() {
  unsigned low = kDefaultLow;
  if (std::FILE* file = std::fopen("/proc/sys/net/ipv4/ip_local_port_range", "re")) {
    if (std::fscanf(file, "%u", &low) != 1) low = kDefaultLow;
    std::fclose(file);
  }
  // A range that leaves no room below it (the ports then come from inside of it, still guarded by the locks).
  return low < kLowest + 1000 || low > 65535 ? kDefaultLow : low;
}

unsigned random_below(unsigned limit) {
  unsigned value = 0;
  if (::getrandom(&value, sizeof value, GRND_NONBLOCK) != sizeof value) value = static_cast<unsigned>(::getpid()) * 2654435761U;
  return value % limit;
}

// Empty: another lastcall holds it.
Result<UniqueFd> lock_port(unsigned port) {
  const Address name = TRY(Address::parse(fmt::format("unix:@lastcall/port/{}", port)));
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("socket");
  if (::bind(fd.get(), name.data(), name.size()) == 0) return fd;
  if (errno == EADDRINUSE) return UniqueFd();
  return system_error("lock of a port");
}

// Without SO_REUSEADDR, so that a port with connections in TIME_WAIT is avoided as well: the child may not set the option.
bool is_free(unsigned port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address address = Address::loopback(static_cast<std::uint16_t>(port));
  return fd && ::bind(fd.get(), address.data(), address.size()) == 0;
}

}  // namespace

Result<AssignedPort> assign_port() {
  const unsigned high = lowest_ephemeral_port();
  const unsigned low = high > kSpan + kLowest ? high - kSpan : kLowest;
  const unsigned start = random_below(high - low);
  for (unsigned i = 0; i < high - low; ++i) {
    const unsigned port = low + (start + i) % (high - low);
    UniqueFd lock = TRY(lock_port(port));
    if (lock && is_free(port)) return AssignedPort{static_cast<std::uint16_t>(port), std::move(lock)};
  }
  return Error{EADDRINUSE, fmt::format("no free port for the child between {} and {}", low, high - 1)};
}

}  // namespace lastcall::os
