// A pipe to what we start, /dev/null for its standard input, and a second descriptor for what is open. Both ends are closed by exec; the reader makes its own end non-blocking,
// which leaves the writer's alone. Supervisor only.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

struct Pipe {
  UniqueFd reading, writing;
};
Result<Pipe> open_pipe();
Result<UniqueFd> duplicate(int fd);
Result<UniqueFd> open_null();  // to read from: ended at once

// What is there now: the number of bytes; 0: everybody has closed the other end; -1: nothing now.
std::ptrdiff_t read_some(int fd, std::span<char> bytes);

}  // namespace lastcall::os
