#include "proto/request_id.h"

#include <algorithm>

namespace lastcall::proto {
namespace {

constexpr std::size_t kMaxSize = 128;

// The finalizer of splitmix64: a bijection, so that different inputs never give the same output.
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

void write_hex(std::uint64_t value, char* to) {
  for (int digit = 15; digit >= 0; --digit, value >>= 4) to[digit] = "0123456789abcdef"[value & 15];
}

}  // namespace

std::string_view RequestIds::next() {
  const std::uint64_t number = mix(++sequence_);
  write_hex(mix(seed_ ^ number), text_.data());
  write_hex(number, text_.data() + 16);
  return {text_.data(), text_.size()};
}

bool is_request_id(std::string_view text) {
  const auto allowed = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != ','; };
  return !text.empty() && text.size() <= kMaxSize && std::ranges::all_of(text, allowed);
}

}  // namespace lastcall::proto
