#include "os/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace lastcall::os {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool in_foreground(int fd) { return ::tcgetpgrp(fd) == ::getpgrp(); }

int foreground_group(int fd) { return ::tcgetpgrp(fd); }

int window_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

int window_height(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

Status take_foreground(int fd, int group) {
  // tcsetpgrp(3): a background caller gets SIGTTOU unless it blocks or ignores it.
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTOU);
  ::sigprocmask(SIG_BLOCK, &stop, &before);
  const int result = ::tcsetpgrp(fd, group);
  Status status = result == 0 ? Status() : Status(system_error("terminal foreground"));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return status;
}

void take_back_foreground(int group) {
  for (const int fd : {0, 2, 1}) {
    if (!is_terminal(fd)) continue;
    if (::tcgetpgrp(fd) == group) (void)take_foreground(fd, ::getpgrp());
    return;
  }
}

SavedTerminal::SavedTerminal(int fd) {
  // Only what was ours is given back: a job in the background never had the foreground (P83).
  if (::tcgetattr(fd, &modes_) != 0 || !in_foreground(fd)) return;
  fd_ = fd;
  group_ = ::getpgrp();
}

SavedTerminal::~SavedTerminal() { restore(); }

void SavedTerminal::restore() {
  if (fd_ < 0) return;
  // A living group that is in the foreground now, such as the shell's after `bg`, keeps it, and the modes that it has set.
  const int holder = ::tcgetpgrp(fd_);
  const bool left_behind = holder > 0 && ::kill(-holder, 0) != 0 && errno == ESRCH;
  if (holder != group_ && !left_behind) {
    fd_ = -1;
    return;
  }
  (void)take_foreground(fd_, group_);
  (void)::tcsetattr(fd_, TCSANOW, &modes_);  // never TCSADRAIN: a terminal that nobody reads would keep us for ever
  fd_ = -1;
}

}  // namespace lastcall::os
