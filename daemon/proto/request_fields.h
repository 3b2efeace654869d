// Judges the fields of a request: one valid Host, one framing, and what the client wants of its connection (G65, G69, G83, G84).
// A pure function over the scratch head.
#pragma once

#include "proto/fault.h"
#include "proto/http_head.h"

namespace lastcall::proto {

// Needs the start line and the split fields; fills everything else.
Fault judge_request_fields(RequestHead& head);

// The first protocol of an Upgrade field that may pass: h2c and other ways into HTTP/2 are how requests are smuggled past a proxy.
std::string_view first_upgrade_token(std::string_view value);

}  // namespace lastcall::proto
