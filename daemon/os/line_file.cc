#include "os/line_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace lastcall::os {
namespace {

Result<UniqueFd> open_standard_output() {
  struct stat info{};
  UniqueFd own;
  // A file's offset is shared with the child. Anything else gets a description whose O_NONBLOCK is not the child's.
  if (::fstat(STDOUT_FILENO, &info) == 0 && !S_ISREG(info.st_mode))
    own.reset(::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!own) own.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!own) return system_error("standard output");
  return own;
}

}  // namespace

Result<UniqueFd> open_line_file(const std::string& path) {
  if (path == "-") return open_standard_output();
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640));
  if (!file && errno == ENXIO) return Error{ENXIO, path + ": a pipe that nobody reads, or a socket"};
  if (!file) return system_error(path);
  return file;
}

}  // namespace lastcall::os
