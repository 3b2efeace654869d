// Who listens where, from /proc/net/tcp{,6} and /proc/PID/fd: to name the process behind an address in use, and to tell a child that
// ignores PORT from one that is merely slow (decision 10). Answers nothing where /proc does not say. Supervisor and `check`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"

namespace lastcall::os {

struct PortOwner {
  int pid = 0;
  std::string name;
};

std::optional<PortOwner> who_listens_on(std::uint16_t port);
std::vector<Address> listening_of(std::span<const int> pids);  // TCP, each address once, ascending by port

}  // namespace lastcall::os
