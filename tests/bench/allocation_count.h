// How many pieces of memory this program has had from operator new. In a file of its own, as GCC 12 otherwise takes the operators apart and
// warns of its own mismatch.
#pragma once

#include <cstdint>

namespace lastcall::proto {

std::uint64_t allocation_count();

}  // namespace lastcall::proto
