// The one owner of a descriptor in the tests; a copy of daemon/base's on purpose, so that the tests' ground does not stand on the code
// under test.
#pragma once

#include <unistd.h>

#include <string>
#include <utility>

namespace lastcall::test {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// A failed call that no test expects to fail: says what and why, and ends the test program.
[[noreturn]] void fail(const std::string& what);

// The call's result, or fail().
int check(int result, const char* what);

}  // namespace lastcall::test
