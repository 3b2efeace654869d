// Ctrl-Z as the shell expects it (P84): this process stops as if it had never touched SIGTSTP. Supervisor only.
#pragma once

namespace lastcall::os {

// Returns when somebody has continued us; at once where nobody could: the kernel ignores the signal in PID 1 and in a group that no
// shell looks after.
void suspend_self();

}  // namespace lastcall::os
