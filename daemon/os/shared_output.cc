#include "os/shared_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace lastcall::os {

SharedOutput::SharedOutput(int fd) : fd_(fd), at_once_(PIPE_BUF) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return;
  if (S_ISSOCK(info.st_mode)) {  // can't be opened anew: ENXIO
    kind_ = Kind::socket;
    return;
  }
  if (S_ISREG(info.st_mode)) {  // never blocks in this sense, and the child's writes have to advance the same offset as ours
    kind_ = Kind::own;
    at_once_ = SIZE_MAX;
    return;
  }
  if ((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0) {  // somebody has done so for us, or does not mind
    kind_ = Kind::own;
    return;
  }
  opened_.reset(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!opened_) return;  // no /proc, or another user's file: go on with the shared description
  kind_ = Kind::own;
  fd_ = opened_.get();
}

SharedOutput::Put SharedOutput::write_some(std::string_view text, std::size_t& written) {
  written = 0;
  ssize_t size = -1;
  errno = EAGAIN;
  if (kind_ == Kind::socket) {
    size = ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } else if (kind_ == Kind::own) {
    size = ::write(fd_, text.data(), text.size());
  } else {
    // pipe(7): POLLOUT promises room for PIPE_BUF bytes, if nobody else writes in between.
    pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) == 1 && ready.revents != 0) size = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
  }
  if (size >= 0) {
    written = static_cast<std::size_t>(size);
    return written > 0 || text.empty() ? Put::taken : Put::full;
  }
  switch (errno) {
    case EAGAIN:
    case EINTR:
    case ENOBUFS: return Put::full;
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN: return Put::gone;
    default: return Put::failed;
  }
}

void SharedOutput::wait(Duration time) const {
  pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0};
  (void)::poll(&room, 1, static_cast<int>(to_ms(time)));
}

SharedOutput::Put SharedOutput::flush() {
  while (!rest_.empty()) {
    std::size_t written = 0;
    const Put result = write_some(rest_, written);
    if (result == Put::full) return result;
    if (result != Put::taken) {
      rest_.clear();  // it can't be finished any more
      return result;
    }
    rest_.erase(0, written);
  }
  return Put::taken;
}

SharedOutput::Put SharedOutput::put(std::string_view text) {
  if (const Put before = flush(); before != Put::taken) return before;
  std::size_t written = 0;
  const Put result = write_some(text, written);
  if (result == Put::taken && written < text.size()) rest_.assign(text.substr(written));
  return result;
}

bool same_file(int fd, int other) {
  struct stat one{}, two{};
  return ::fstat(fd, &one) == 0 && ::fstat(other, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

}  // namespace lastcall::os
