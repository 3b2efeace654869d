#include "support/lines.h"

#include <fcntl.h>

#include <cerrno>

namespace lastcall::test {

Lines::Lines(Fd fd) : fd_(std::move(fd)) { check(::fcntl(fd_.get(), F_SETFL, O_NONBLOCK), "fcntl"); }

bool Lines::pump() {
  char buffer[65536];
  while (fd_) {
    const ssize_t size = ::read(fd_.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return true;
    if (size <= 0) {  // EIO: the last process has closed the terminal
      fd_.reset();
      break;
    }
    text_.append(buffer, static_cast<std::size_t>(size));
    for (std::size_t end; (end = text_.find('\n', line_start_)) != std::string::npos; line_start_ = end + 1) {
      lines_.push_back(text_.substr(line_start_, end - line_start_));
    }
  }
  return false;
}

}  // namespace lastcall::test
