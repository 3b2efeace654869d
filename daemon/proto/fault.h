// Why a message is refused: the status to answer with and a static text for the log. False when nothing is wrong. A value of the
// parsers in this folder.
#pragma once

#include <cstdint>

namespace lastcall::proto {

struct [[nodiscard]] Fault {
  std::uint16_t status = 0;
  const char* why = "";

  explicit operator bool() const { return status != 0; }
};

inline constexpr Fault kNoFault{};

}  // namespace lastcall::proto
