// What can be asked on the control socket and on the admin port, as rows of a router. Each function adds one group; what the handlers refer to
// must outlive the router. Supervisor process only.
#pragma once

#include "control/event_hub.h"
#include "control/plane.h"
#include "control/router.h"

namespace lastcall::control {

struct ReadyzPolicy;

void add_state_routes(Router& router, View& view, EventHub& events);      // state, events, connections
void add_action_routes(Router& router, View& view, Actions& actions);     // shutdown, ready, stop, drain, undrain, loglevel, reopen, instances
void add_job_routes(Router& router, View& view, Actions& actions);        // jobs: begin, heartbeat, end
void add_hook_routes(Router& router, View& view, Actions& actions);       // handlers at run time: register, answer, unregister
void add_admin_routes(Router& router, View& view, EventHub& events, const ReadyzPolicy& policy);  // livez, readyz, metrics, status, the page

// The answer to something that was asked for: the state after it, or why not.
HttpResponse outcome(const Status& done, View& view, std::uint16_t status = 200);

}  // namespace lastcall::control
