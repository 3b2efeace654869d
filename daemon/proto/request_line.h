// Reads a request line: method, target in all its forms, version (RFC 9112 section 3, G82, G83, G89, G90). A pure function.
#pragma once

#include <string_view>

#include "proto/fault.h"
#include "proto/http_head.h"

namespace lastcall::proto {

// Fills method, target, minor, is_head, idempotent, and for an absolute-form host and host_from_target.
Fault parse_request_line(std::string_view line, RequestHead& head);

}  // namespace lastcall::proto
