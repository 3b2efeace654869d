// What the kernel measured on a TCP connection. Worker process.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace lastcall::os {

std::uint64_t bytes_acknowledged(int fd);  // by the peer, of all that was ever sent; zero where the kernel does not know
Duration round_trip(int fd);  // smoothed (tcpi_rtt); zero where the kernel does not know

}  // namespace lastcall::os
