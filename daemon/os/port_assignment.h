// A private loopback port for the child: below the range that the kernel hands to outgoing connections, so nobody gets it by accident,
// and reserved among all lastcalls of this network namespace by the abstract socket `@lastcall/port/N` (decision 10, G153). The lock is
// kept as long as the child may bind the port. Supervisor only.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

struct AssignedPort {
  std::uint16_t port = 0;
  UniqueFd lock;
};

Result<AssignedPort> assign_port();

}  // namespace lastcall::os
