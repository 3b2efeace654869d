#include "os/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace lastcall::os {

Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<UniqueFd> duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return system_error("dup");
  return copy;
}

Result<UniqueFd> open_null() {
  UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) return system_error("/dev/null");
  return null;
}

std::ptrdiff_t read_some(int fd, std::span<char> bytes) {
  ssize_t size;
  do size = ::read(fd, bytes.data(), bytes.size());
  while (size < 0 && errno == EINTR);
  return size < 0 && errno != EAGAIN ? 0 : size;  // an error such as EIO never ends either
}

}  // namespace lastcall::os
