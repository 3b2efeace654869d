// Lines read from a pipe or terminal, kept for the whole life of the test so that waiting never depends on who looked first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/deadline.h"
#include "support/fd.h"

namespace lastcall::test {

class Lines {
 public:
  Lines() = default;
  explicit Lines(Fd fd);  // made non-blocking

  // Takes what is there now. False once the other end is closed.
  bool pump();
  bool open() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }

  const std::vector<std::string>& all() const { return lines_; }  // complete ones
  const std::string& text() const { return text_; }               // every byte so far

 private:
  Fd fd_;
  std::string text_;
  std::size_t line_start_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace lastcall::test
