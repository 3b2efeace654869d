// Whether and how a request that is well formed goes on from here: loops, Max-Forwards, which Upgrade may pass, whose request id counts.
// Pure functions over the scratch head, called once per request before it is forwarded. Worker process.
#pragma once

#include "proto/fault.h"
#include "proto/forward_policy.h"
#include "proto/http_head.h"

namespace lastcall::proto {

// A fault of 508 where we have met this request before (G67), of 400 where Max-Forwards is no number; of 200 where an OPTIONS was
// addressed to us, the last hop that it may reach. Else sets what append_request_head() goes by: `upgrade` only where it is allowed
// (G69), max_forwards less this hop, wants_request_id, and hop_by_hop of a request id that nobody may hand us.
Fault route_request(RequestHead& head, const ForwardPolicy& policy, const ClientFacts& client);

// The child's 101 answers what was asked for; anything else would tunnel a protocol that nobody let through (G69).
bool answers_upgrade(const ResponseHead& head, std::string_view asked);

}  // namespace lastcall::proto
