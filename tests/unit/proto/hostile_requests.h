// Messages that a client may send and a proxy must not believe, each with the answer that we owe: the corpus of the tests below and
// the seed of the next ones. 200 stands for "accepted".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lastcall::proto {

struct HostileRequest {
  const char* name;
  std::string_view bytes;
  std::uint16_t status;
};

std::span<const HostileRequest> hostile_request_lines();
std::span<const HostileRequest> hostile_fields();
std::span<const HostileRequest> hostile_framings();

}  // namespace lastcall::proto
