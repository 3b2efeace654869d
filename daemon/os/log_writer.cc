#include "os/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <string>

#include "base/unique_fd.h"

namespace lastcall::os {
namespace {

enum class Kind {
  own,     // a description of our own with O_NONBLOCK, or a file: write() does not block
  socket,  // MSG_DONTWAIT does it for each call
  shared,  // only poll() and small writes are left
};

struct Writer {
  Kind kind = Kind::shared;
  int fd = 2;
  UniqueFd opened;
  std::string rest;  // of a line that went out in part; the next line must not land inside it
  std::uint64_t dropped = 0;
  std::uint64_t dropped_untold = 0;
};

Writer g_writer;

// The bytes taken; 0 also for an error, of which nothing can be said anywhere.
std::size_t put(std::string_view bytes) {
  Writer& writer = g_writer;
  ssize_t size = -1;
  if (writer.kind == Kind::socket) {
    size = ::send(writer.fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } else if (writer.kind == Kind::own) {
    size = ::write(writer.fd, bytes.data(), bytes.size());
  } else {
    // pipe(7): POLLOUT promises room for PIPE_BUF bytes, if nobody else writes in between.
    pollfd ready{.fd = writer.fd, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0)
      size = ::write(writer.fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
  }
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

// All or nothing, but for a line that the kernel cut: its rest is kept and goes out first the next time.
bool put_line(std::string_view line) {
  const std::size_t size = put(line);
  if (size == 0) return false;
  if (size < line.size()) g_writer.rest.assign(line.substr(size));
  return true;
}

bool put_rest() {
  std::string& rest = g_writer.rest;
  if (rest.empty()) return true;
  rest.erase(0, put(rest));
  return rest.empty();
}

bool tell_drops() {
  if (g_writer.dropped_untold == 0) return true;
  char text[96];
  const int size = std::snprintf(text, sizeof text, "lastcall: %llu log lines dropped: standard error was not read\n",
                                 static_cast<unsigned long long>(g_writer.dropped_untold));
  if (!put_line(std::string_view(text, static_cast<std::size_t>(size)))) return false;
  g_writer.dropped_untold = 0;
  return g_writer.rest.empty();
}

}  // namespace

void open_log_writer(int fd) {
  g_writer = Writer{};
  g_writer.fd = fd;
  struct stat info{};
  if (::fstat(fd, &info) != 0) return;
  if (S_ISSOCK(info.st_mode)) {  // can't be opened anew: ENXIO
    g_writer.kind = Kind::socket;
    return;
  }
  if (S_ISREG(info.st_mode)) {  // never blocks in this sense, and the child's writes have to advance the same offset as ours
    g_writer.kind = Kind::own;
    return;
  }
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  g_writer.opened.reset(::open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!g_writer.opened) return;  // no /proc, or another user's file: go on with the shared description
  g_writer.kind = Kind::own;
  g_writer.fd = g_writer.opened.get();
}

void write_log(std::string_view line) {
  if (put_rest() && tell_drops() && put_line(line)) return;
  ++g_writer.dropped;
  ++g_writer.dropped_untold;
}

std::uint64_t dropped_log_lines() { return g_writer.dropped; }

}  // namespace lastcall::os
