// A terminal with lastcall at it: what a person types (Ctrl-C is the byte 3; the line discipline makes the signal) and what she sees.
#pragma once

#include <string>

#include "support/deadline.h"
#include "support/fd.h"
#include "support/lines.h"

namespace lastcall::test {

inline constexpr char kCtrlC = 3;
inline constexpr char kCtrlZ = 26;

class Pty {
 public:
  Pty();

  int slave() const { return slave_.get(); }  // for SpawnOptions::terminal
  void close_slave() { slave_.reset(); }      // after the spawn, so that the end of the last process is seen
  void type(char key) const;
  int foreground_group() const;  // tcgetpgrp
  void resize(unsigned short columns) const;

  // Until the screen's text, from byte `from` on, contains this. The position after it, or npos at the deadline.
  std::size_t wait_text(const std::string& text, std::size_t from = 0, Milliseconds wait = kPatience);
  const std::string& screen() const { return screen_.text(); }

 private:
  Fd slave_, master_;
  Lines screen_;
};

}  // namespace lastcall::test
