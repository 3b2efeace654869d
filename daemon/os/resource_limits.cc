#include "os/resource_limits.h"

#include <sys/resource.h>

namespace lastcall::os {

std::uint64_t open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1U << 20;
  return limit.rlim_cur;
}

}  // namespace lastcall::os
