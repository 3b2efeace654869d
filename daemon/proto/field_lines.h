// Splits the lines of a head into names and values (RFC 9112 section 5): a token, a colon at once, a value without the white space around
// it. The scanner has found the lines and refused what may stand in none of them. Our own, as llhttp takes 0.3 us more for a browser's
// head (docs/performance.md); a fuzzer demands that llhttp reads the same fields in whatever passes here. A pure function.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "proto/fault.h"
#include "proto/http_head.h"

namespace lastcall::proto {

// `data`: the head; `begin`: where its first field line begins; `ends`: where each line ends, behind its CRLF. Fills all of each Field but
// hop_by_hop.
Fault split_fields(std::string_view data, std::size_t begin, std::span<const std::uint32_t> ends, std::vector<Field>& fields);

}  // namespace lastcall::proto
