// Whether a file that we write to is still the one at its path, and news of the moment in which it no longer is: somebody renamed or removed it
// (inotify(7)). Costs nothing while nothing happens. Where the kernel has no watch for us (limits, some network file systems) there is no
// news. Supervisor only.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

Result<UniqueFd> watch_file(const std::string& path);  // readable once it was renamed, removed, or given other rights
void read_watch(int watch);                            // so that it is readable only after something new
bool is_at(int file, const std::string& path);         // the open file is the one at the path

}  // namespace lastcall::os
