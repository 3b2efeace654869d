// A server that ignores PORT listens, but not where it was told to: found in /proc/net/tcp among the child's processes, and said in words
// that help (decision 10). Supervisor process only.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/address.h"

namespace lastcall::supervisor {

// Nothing where the child listens nowhere (it is merely slow) or where it does as told.
std::optional<std::string> wrong_port_hint(const Address& expected, bool assigned, std::span<const int> child_pids);

// Whether none of them listens on any TCP port; false where nobody can tell.
bool listens_nowhere(std::span<const int> child_pids);

}  // namespace lastcall::supervisor
