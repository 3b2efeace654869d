// Whether another user could connect to a Unix socket, as far as owners and modes say: for a hint, not for a decision, since access control
// lists and capabilities are left out. Supervisor process only.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "os/privileges.h"

namespace lastcall::os {

struct Obstacle {
  std::string path;  // the first directory on the way, or the socket itself
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0;   // its permission bits alone
  std::string describe() const;  // "/run/app has mode 0700 and belongs to 0:0"
};
// Nothing where none of them keeps that user out, or one of them can't be looked at.
std::optional<Obstacle> what_keeps_out(const std::string& socket_path, const Credentials& user);

}  // namespace lastcall::os
