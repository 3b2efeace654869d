// Which fields may follow a chunked body (G77): trailers are passed on only to who asked for them, never merged into the head, and never
// where the name means something for framing, routing, identity or the body (RFC 9110 section 6.5.1). Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/http_head.h"

namespace lastcall::proto {

bool may_be_trailer(std::string_view name);

// "Trailer: ...", for those of the announced names that may come.
void append_trailer_names(std::string& out, const std::vector<Field>& fields);

}  // namespace lastcall::proto
