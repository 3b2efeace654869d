// Makes request ids: 32 hexadecimal digits, unlike all others of this generator and, as the seed is random, of any other. Names requests
// in logs, is no secret. One per worker; the seed is handed in, as nothing in this folder asks the system for anything.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lastcall::proto {

class RequestIds {
 public:
  RequestIds(std::uint64_t seed, std::uint64_t sequence) : seed_(seed), sequence_(sequence) {}
  std::string_view next();  // valid until the next call

 private:
  const std::uint64_t seed_;
  std::uint64_t sequence_;
  std::array<char, 32> text_{};
};

// What a trusted peer may hand us as an id: 1 to 128 visible ASCII characters without '"', '\' and ',', so that it can stand in any log.
bool is_request_id(std::string_view text);

}  // namespace lastcall::proto
