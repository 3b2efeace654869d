// The controlling terminal: whether there is one, whether it is ours to give away, and giving it back at the end (P82, P83, P88). Having
// none is normal and never a failure. Supervisor and subcommands.
#pragma once

#include <termios.h>

#include "base/result.h"

namespace lastcall::os {

bool is_terminal(int fd);
bool in_foreground(int fd);                      // our process group is the terminal's foreground
int foreground_group(int fd);                    // -1: no terminal, or not ours
int window_width(int fd);                        // columns; 80 where unknown
int window_height(int fd);  // rows; 0: unknown
Status take_foreground(int fd, int group);       // SIGTTOU blocked meanwhile, so a background caller is not stopped

void take_back_foreground(int group);            // of our terminal, from a group whose leader has ended; else nothing

// Remembers modes and foreground group of a terminal and puts both back at the end of its life. Does nothing where the terminal
// was not ours, or is none.
class SavedTerminal {
 public:
  explicit SavedTerminal(int fd);
  ~SavedTerminal();
  SavedTerminal(const SavedTerminal&) = delete;
  SavedTerminal& operator=(const SavedTerminal&) = delete;
  void restore();

 private:
  int fd_ = -1;
  int group_ = -1;
  termios modes_{};
};

}  // namespace lastcall::os
