#include "support/pty.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace lastcall::test {

Pty::Pty() {
  const int master = check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt");
  check(::grantpt(master), "grantpt");
  check(::unlockpt(master), "unlockpt");
  char name[128];
  check(-::ptsname_r(master, name, sizeof name), "ptsname_r");
  slave_ = Fd(check(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC), name));
  const winsize size{24, 100, 0, 0};
  check(::ioctl(master, TIOCSWINSZ, &size), "TIOCSWINSZ");
  master_ = Fd(check(::fcntl(master, F_DUPFD_CLOEXEC, 3), "dup"));
  screen_ = Lines(Fd(master));
}

void Pty::type(char key) const { check(static_cast<int>(::write(master_.get(), &key, 1)), "write to the terminal"); }

void Pty::resize(unsigned short columns) const {
  const winsize size{24, columns, 0, 0};
  check(::ioctl(master_.get(), TIOCSWINSZ, &size), "TIOCSWINSZ");
}

int Pty::foreground_group() const { return ::tcgetpgrp(master_.get()); }

std::size_t Pty::wait_text(const std::string& text, std::size_t from, Milliseconds wait) {
  const Deadline deadline = Deadline::in(wait);
  for (;;) {
    const bool open = screen_.pump();
    const std::size_t at = screen_.text().find(text, from);
    if (at != std::string::npos) return at + text.size();
    if (!open || wait_for(screen_.fd(), POLLIN, deadline) == 0) return std::string::npos;
  }
}

}  // namespace lastcall::test
