// A file for lines, opened by who may for who may not: the supervisor for a worker's access log. Writing is os/shared_output's.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

// `path` for appending, created (0640) if it is missing; "-" is standard output. Non-blocking where that is nobody's but ours (P52). A FIFO
// that nobody reads is an error, not a wait.
Result<UniqueFd> open_line_file(const std::string& path);

}  // namespace lastcall::os
