#include "os/random.h"

#include <sys/random.h>

#include <cerrno>
#include <random>

namespace lastcall::os {

void fill_random(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    } else if (errno != EINTR) {  // a filter of system calls that does not know this one: the C++ library has its own ways
      std::random_device random;
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
      return;
    }
  }
}

}  // namespace lastcall::os
