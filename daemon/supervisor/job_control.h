// Ctrl-Z and `fg` (decision 6, P84): each copy of the child has its own process group, so what the shell does to ours must be repeated for
// it, and what the terminal does to it for us. Tells once why a child that reads the terminal from the background stands still. Without a terminal
// nothing here ever happens. Owned by the signal intake; supervisor process only.
#pragma once

#include "supervisor/instances.h"

namespace lastcall::supervisor {

class JobControl {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_suspending() = 0;  // we are about to stand still: the terminal is the shell's
    virtual void on_resumed() = 0;     // we go on, in its foreground or not
  };
  JobControl(Instances& instances, Owner& owner);

  bool terminal_lost() const;  // there was one at the start
  void on_suspend();           // Ctrl-Z reached us
  void on_resume();            // the shell continued us
  void on_stopped(int pid, int signal);  // a process of ours

 private:
  void stop_until_resumed();

  Instances& instances_;
  Owner& owner_;
  int terminal_;  // descriptor; -1: none
  bool child_has_terminal_;  // --no-proxy or --terminal child, where the terminal belongs to the child while we are in the foreground
  bool told_ = false;
};

}  // namespace lastcall::supervisor
