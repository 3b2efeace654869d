// How often this process asks for memory: the test program's own operator new counts into a place that the worker's process shares.
#pragma once

#include <atomic>
#include <cstdint>

namespace lastcall::test {

// From now on, in this process; nullptr: not at all.
void count_allocations_into(std::atomic<std::uint64_t>* counter);

}  // namespace lastcall::test
