// Whether another user could connect to a Unix socket, as far as owners and modes say: for a hint, not for a decision, since access control
// lists and capabilities are left out. Supervisor process only.
#pragma once

#include <optional>
#include <string>

#include "os/privileges.h"

namespace lastcall::os {

// The first directory on the way, or the socket itself, that keeps that user out; nothing where none does or it can't be looked at.
std::optional<std::string> what_keeps_out(const std::string& socket_path, const Credentials& user);

}  // namespace lastcall::os
