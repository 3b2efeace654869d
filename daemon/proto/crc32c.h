// The checksum that a PROXY header of version 2 may carry (CRC-32C, Castagnoli; RFC 3720 appendix B.4). A pure function.
#pragma once

#include <cstdint>
#include <string_view>

namespace lastcall::proto {

// Of `bytes` behind those that gave `before`; 0 at the beginning.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace lastcall::proto
