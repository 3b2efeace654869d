// Limits of this process. Worker process; the supervisor's are in inherited_state.
#pragma once

#include <cstdint>

namespace lastcall::os {

std::uint64_t open_file_limit();  // soft RLIMIT_NOFILE; a large number where unlimited

}  // namespace lastcall::os
