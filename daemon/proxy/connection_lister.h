// Fills the memory that the supervisor lends with a row for each client connection, oldest first, so that people see who is still here. Runs
// once for each `list`, never by itself. Worker process only.
#pragma once

#include "proto/connection_list.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

void list_connections(WorkerContext& context, proto::ConnectionPage& page);

}  // namespace lastcall::proxy
