#include "os/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/unique_fd.h"

namespace lastcall::os {
namespace {

Status write_all(int fd, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t size = ::write(fd, content.data(), content.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_error(path);
    content.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

}  // namespace

Status replace_file(const std::string& path, std::string_view content) {
  const std::string beside = path + "." + std::to_string(::getpid());  // the same directory: rename() does not cross file systems
  (void)::unlink(beside.c_str());
  UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return system_error(beside);
  Status written = write_all(fd.get(), beside, content);
  fd.reset();
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = system_error(path);
  if (!written) (void)::unlink(beside.c_str());
  return written;
}

}  // namespace lastcall::os
