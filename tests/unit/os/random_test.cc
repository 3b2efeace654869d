// Random bytes.
#include "os/random.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace lastcall;

TEST_CASE("every byte of what is asked for is random, and no two answers are alike") {
  std::array<std::uint8_t, 700> seen{};  // above 256 bytes the kernel may give less than it was asked for
  for (int round = 0; round < 8; ++round) {
    const auto bytes = os::random_bytes<700>();
    for (std::size_t i = 0; i < bytes.size(); ++i) seen[i] = static_cast<std::uint8_t>(seen[i] | bytes[i]);
  }
  CHECK(std::count(seen.begin(), seen.end(), 0) <= 1);  // a byte stays 0 in 8 rounds once in 2^64
  CHECK(os::random_bytes<16>() != os::random_bytes<16>());
}
