#include "core/phase.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace lastcall::core {

TEST_CASE("every phase has a name of its own, and it is the word in the log") {
  std::set<std::string> names;
  for (std::size_t phase = 0; phase < kPhaseCount; ++phase) names.emplace(to_string(static_cast<Phase>(phase)));
  CHECK(names.size() == kPhaseCount);
  CHECK(to_string(Phase::starting) == "starting");
  CHECK(to_string(Phase::ending_streams) == "ending_streams");
  CHECK(to_string(Phase::exiting) == "exiting");
}

}  // namespace lastcall::core
