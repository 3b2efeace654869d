// One run: everything that a seed stands for, from the start of the service to its exit, in virtual time.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checker.h"
#include "fake_supervisor.h"

namespace lastcall::sim {

using Pair = std::pair<core::Phase, core::Event>;

struct RunResult {
  std::vector<std::string> broken;  // empty: every invariant held
  std::set<Rule> rules;
  std::set<Pair> walked;            // which answers of the shutdown table were used
  Duration virtual_time{};
};

RunResult simulate(std::uint64_t seed, Flaw flaw);

}  // namespace lastcall::sim
