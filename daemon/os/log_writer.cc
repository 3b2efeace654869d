#include "os/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

namespace lastcall::os {
namespace {

struct Writer {
  std::optional<SharedOutput> output;
  int fd = 2;
  std::uint64_t dropped = 0;
  std::uint64_t dropped_untold = 0;
};

Writer g_writer;

bool tell_drops() {
  if (g_writer.dropped_untold == 0) return true;
  char text[96];
  const int size = std::snprintf(text, sizeof text, "lastcall: %llu log lines dropped: nobody read them\n",
                                 static_cast<unsigned long long>(g_writer.dropped_untold));
  if (log_output().put(std::string_view(text, static_cast<std::size_t>(size))) != SharedOutput::Put::taken) return false;
  g_writer.dropped_untold = 0;
  return true;
}

}  // namespace

void open_log_writer(int fd) {
  g_writer = Writer{};
  g_writer.fd = fd;
  g_writer.output.emplace(fd);
}

void reopen_log_writer(int fd) {
  (void)log_output().flush();
  // Nobody's write can fall between the old file and the new one: dup3(2) exchanges them at once.
  if (::dup3(fd, g_writer.fd, g_writer.fd > STDERR_FILENO ? O_CLOEXEC : 0) < 0) return;
  g_writer.output.emplace(g_writer.fd);
}

int log_descriptor() { return g_writer.fd; }

SharedOutput& log_output() {
  if (!g_writer.output) open_log_writer();
  return *g_writer.output;
}

void write_log(std::string_view line) {
  if (tell_drops() && log_output().put(line) == SharedOutput::Put::taken) return;
  ++g_writer.dropped;
  ++g_writer.dropped_untold;
}

std::uint64_t dropped_log_lines() { return g_writer.dropped; }

}  // namespace lastcall::os
