#include "allocation_count.h"

#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t>* counting = nullptr;

}  // namespace

void lastcall::test::count_allocations_into(std::atomic<std::uint64_t>* counter) { counting = counter; }

// The array and nothrow forms of the standard library call these.
void* operator new(std::size_t size) {
  if (counting != nullptr) counting->fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
