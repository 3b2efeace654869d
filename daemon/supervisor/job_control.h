// Ctrl-Z and `fg` (decision 6, P84): the child has its own process group, so what the shell does to ours must be repeated for it, and what
// the terminal does to it for us. Tells once why a child that reads the terminal from the background stands still. Without a terminal
// nothing here ever happens. Owned by the service; supervisor process only.
#pragma once

#include "supervisor/child_process.h"

namespace lastcall::supervisor {

class JobControl {
 public:
  // `child_has_terminal`: --no-proxy or --terminal child, where the terminal belongs to the child while we are in the foreground.
  JobControl(ChildProcess& child, bool child_has_terminal);

  bool terminal_lost() const;  // there was one at the start
  void on_suspend();           // Ctrl-Z reached us
  void on_resume();            // the shell continued us
  void on_child_stopped(int signal);

 private:
  void stop_until_resumed();
  ChildProcess& child_;
  int terminal_;  // descriptor; -1: none
  bool child_has_terminal_;
  bool told_ = false;
};

}  // namespace lastcall::supervisor
