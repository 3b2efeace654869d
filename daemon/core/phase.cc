#include "core/phase.h"

#include <array>

namespace lastcall::core {

std::string_view to_string(Phase phase) {
  static constexpr std::array<std::string_view, kPhaseCount> kNames{"starting", "serving",  "lame_duck", "draining", "ending_streams", "sealing",
                                                                    "emptying", "stopping", "killing",   "flushing", "leaving",        "exiting"};
  return kNames[static_cast<std::size_t>(phase)];
}

}  // namespace lastcall::core
