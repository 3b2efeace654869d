// Preloaded: makes a process lose memory. Without the C++ library, which the process may not have.
#include <cstdlib>

namespace {
void* volatile kept;
__attribute__((constructor)) void lose() {
  kept = std::malloc(1234);
  kept = nullptr;
}
}  // namespace
