#include "os/replace_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/unique_fd.h"

namespace lastcall::os {
namespace {

constexpr int kPatience = 250;  // ms, with a reader who takes nothing: whoever writes wants to end

Status write_all(int fd, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t size = ::write(fd, content.data(), content.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      pollfd room{.fd = fd, .events = POLLOUT, .revents = 0};
      if (::poll(&room, 1, kPatience) != 0) continue;
      return Error{EAGAIN, path + ": nobody reads it"};
    }
    if (size < 0) return system_error(path);
    content.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

// A pipe or a terminal (/dev/stdout, /proc/self/fd/3) holds no older content that could be half replaced, and must stay what it is.
Status write_into(const std::string& path, std::string_view content) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return system_error(path);
  return write_all(fd.get(), path, content);
}

bool is_pipe_or_device(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Status can_replace_file(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return Error{EISDIR, path + ": is a directory; name a file in it"};
  const bool device = is_pipe_or_device(path);
  const std::string where = device ? path : directory_of(path);
  if (::faccessat(AT_FDCWD, where.c_str(), device ? W_OK : W_OK | X_OK, AT_EACCESS) != 0) return system_error(where);
  return {};
}

Status replace_file(const std::string& path, std::string_view content) {
  if (is_pipe_or_device(path)) return write_into(path, content);
  const std::string beside = path + "." + std::to_string(::getpid());  // the same directory: rename() does not cross file systems
  (void)::unlink(beside.c_str());
  UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return system_error(path);
  Status written = write_all(fd.get(), beside, content);
  fd.reset();
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = system_error(path);
  if (!written) (void)::unlink(beside.c_str());
  return written;
}

}  // namespace lastcall::os
