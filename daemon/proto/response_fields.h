// Judges the fields of the child's response: its framing (RFC 9112 section 6.3, G76, G88), its connection, and whether it is a stream.
// A pure function over the scratch head.
#pragma once

#include "proto/fault.h"
#include "proto/http_head.h"
#include "proto/message_fields.h"

namespace lastcall::proto {

// Needs the status line and the split fields; fills everything else, and what the fields say of the framing.
Fault judge_response_fields(ResponseHead& head, bool request_was_head, FramingFields& framing);

// 1xx, 204 and 304 end at the blank line whatever their fields say (G76).
constexpr bool status_has_no_body(std::uint16_t status) { return status < 200 || status == 204 || status == 304; }

}  // namespace lastcall::proto
