// Random bytes from the kernel, for what a stranger must not be able to guess. One system call each: for rare events, not per request.
// Any process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lastcall::os {

// Waits for the kernel's pool after boot, never fails otherwise: getrandom(2).
void fill_random(std::span<std::uint8_t> bytes);

template <std::size_t kSize>
std::array<std::uint8_t, kSize> random_bytes() {
  std::array<std::uint8_t, kSize> bytes;
  fill_random(bytes);
  return bytes;
}

}  // namespace lastcall::os
