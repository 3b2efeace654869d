// What the tests of this folder share: a forked copy of the test that changes its own process and reports by exit code, and pipes that
// are read to their end. Nothing here waits for time to pass.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "os/spawn.h"

namespace lastcall::os::test {

struct Pipe {
  UniqueFd reading, writing;
  explicit Pipe(int flags = O_CLOEXEC) {
    int ends[2];
    if (::pipe2(ends, flags) != 0) panic("pipe");
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
};

inline std::string read_to_end(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t size; (size = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

// Waits for one process; 128 + n for a signal, as shell_code().
inline int wait_for(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// fork() without the test framework's signal handlers in the child: they would print a report of their own.
inline int fork_copy() {
  const int pid = ::fork();
  if (pid == 0)
    for (const int number : {SIGTERM, SIGINT, SIGABRT, SIGSEGV, SIGILL, SIGFPE}) ::signal(number, SIG_DFL);
  return pid;
}

// Runs `body` in a forked copy; its int is the exit code. What it prints with doctest is lost: it answers by codes and pipes.
template <class Body>
int in_fork(Body body) {
  const int pid = fork_copy();
  if (pid == 0) ::_exit(body());
  return wait_for(pid);
}

// A descriptor that should become readable at once; the limit is only for a broken build.
inline bool becomes_readable(int fd) {
  pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, 10'000) == 1;
}

struct Output {
  SpawnResult result;
  std::string text;
  int code = -1;
};

// Spawns with standard output into a pipe and waits for the end.
inline Output run(SpawnRequest request) {
  Pipe pipe;
  request.descriptors.emplace_back(pipe.writing.get(), 1);
  Output output{.result = spawn(request), .text = {}};
  pipe.writing.reset();
  output.text = read_to_end(pipe.reading.get());
  if (output.result) output.code = wait_for(output.result.child->pid);
  return output;
}

inline SpawnRequest shell(std::string script) {
  SpawnRequest request;
  request.argv = {"/bin/sh", "-c", std::move(script)};
  request.env = {"PATH=/usr/bin:/bin"};
  return request;
}

// The value of one line of /proc/PID/status: "SigIgn", "Uid"...
inline std::string status_field(std::string_view status, std::string_view name) {
  const std::size_t start = status.find(std::string(name) + ":\t");
  if (start == status.npos) return "";
  const std::size_t from = start + name.size() + 2;
  return std::string(status.substr(from, status.find('\n', from) - from));
}

inline bool has_signal(std::string_view hex_mask, int number) {
  return (std::stoull(std::string(hex_mask), nullptr, 16) >> (number - 1) & 1) != 0;
}

class TempDir {
 public:
  TempDir() {
    if (::mkdtemp(path_) == nullptr) panic("mkdtemp");
  }
  ~TempDir() { (void)!std::system(("rm -rf " + std::string(path_)).c_str()); }
  std::string file(std::string_view name) const { return std::string(path_) + "/" + std::string(name); }
  std::string path() const { return path_; }
  std::string write(std::string_view name, std::string_view content, unsigned mode) const {
    const UniqueFd fd(::open(file(name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) panic("write");
    return file(name);
  }

 private:
  char path_[32] = "/tmp/lastcall-unit-XXXXXX";
};

}  // namespace lastcall::os::test
