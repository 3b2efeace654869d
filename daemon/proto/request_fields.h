// Judges the fields of a request: one valid Host, one framing, and what the client wants of its connection (G65, G69, G83, G84).
// A pure function over the scratch head.
#pragma once

#include "proto/fault.h"
#include "proto/http_head.h"
#include "proto/message_fields.h"

namespace lastcall::proto {

// Needs the start line and the split fields; fills everything else, and what the fields say of the framing.
Fault judge_request_fields(RequestHead& head, FramingFields& framing);

}  // namespace lastcall::proto
