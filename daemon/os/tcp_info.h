// What the kernel measured on a TCP connection. Worker process.
#pragma once

#include "base/time.h"

namespace lastcall::os {

Duration round_trip(int fd);  // smoothed (tcpi_rtt); zero where the kernel does not know

}  // namespace lastcall::os
