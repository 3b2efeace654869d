// A worker for tests: this same test binary, started again as @worker. It speaks the channel as a worker does and otherwise does what the
// settings text, which it never parses, says: "obey", "silent" (says hello and nothing else), "crash" (says hello and aborts), "stranger"
// (a hello of another build), "mute" (not even hello), "deaf to seal" (obeys, but never answers the seal), "poisoned" (dies of what it
// accepts once it shall stop).
#pragma once

#include <string>

#include "supervisor/worker_process.h"

namespace lastcall::test {

supervisor::WorkerPlan plan_of(const std::string& behaviour);

}  // namespace lastcall::test
