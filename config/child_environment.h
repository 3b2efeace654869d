// The child's variables as file, flags and env files say: what it inherits from us and what was written for it, apart, because the child's
// user has a word between the two (HOME). Reads the env files; supervisor only.
#pragma once

#include "config/diagnostics.h"
#include "config/environment.h"
#include "config/settings.h"

namespace lastcall::config {

struct ChildEnvironment {
  Environment inherited;  // in our order, byte for byte (P56)
  Environment written;    // wins over all that is inherited; a name at most once
  int sockets_for_us = 0; // how many from descriptor 3 on systemd opened for lastcall itself: none of the child's (G148)
};

// `pid`: ours, which systemd's variables name where they are meant for us.
ChildEnvironment child_environment(const Settings& settings, const Environment& ours, int pid, Diagnostics& diagnostics);

// Replaces all of that name (an environment may hold doubles).
void set_variable(Environment& environment, std::string_view entry);

}  // namespace lastcall::config
