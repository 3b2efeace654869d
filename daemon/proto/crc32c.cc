#include "proto/crc32c.h"

#include <array>

namespace lastcall::proto {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum & 1) != 0 ? sum >> 1 ^ 0x82f63b78U : sum >> 1;
    table[byte] = sum;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  std::uint32_t sum = ~before;
  for (const char each : bytes) sum = sum >> 8 ^ kTable[(sum ^ static_cast<unsigned char>(each)) & 0xff];
  return ~sum;
}

}  // namespace lastcall::proto
