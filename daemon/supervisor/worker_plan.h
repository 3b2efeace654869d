// What every worker of this service is made from: our own executable, the settings as sealed text, the listeners, and whom it runs as.
// Made once at start, so that a replacement is the same years later. Supervisor process only.
#pragma once

#include "config/settings.h"
#include "supervisor/listeners.h"
#include "supervisor/worker_process.h"

namespace lastcall::supervisor {

// The file that this process was started from, also after it was deleted or replaced on disk: opened by the first code of main(), before
// anybody can change the working directory. Empty where neither /proc nor the path of the exec leads there.
UniqueFd open_own_executable();

// Nobody in particular (uid and gid 65534) where the user has no entry: images FROM scratch have no /etc/passwd. Nothing without root.
std::optional<os::Credentials> worker_credentials(const config::Settings& settings);

Result<WorkerPlan> make_worker_plan(const config::Settings& settings, const Listeners& listeners, UniqueFd executable,
                                    UniqueFd access_log);

}  // namespace lastcall::supervisor
