// What a source says about one option, before it is understood: file, environment and flags all end as a list of these, and one function
// turns them into settings, weakest source first. So the three can't differ in what they accept.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/option_table.h"

namespace lastcall::config {

struct Value {
  std::string text;
  Place place;
};

struct Assignment {
  const Option* option = nullptr;
  Place place;                // of the name
  std::vector<Value> values;  // one, or any number where the option is repeatable
};

// The place that decided, by option name. An option that nobody wrote has no entry.
using Origins = std::map<std::string_view, Place>;

// Applies in order, so that later assignments win; a mistake leaves the option as it was.
void apply(const std::vector<Assignment>& assignments, Settings& settings, Origins& origins, Diagnostics& diagnostics);

}  // namespace lastcall::config
