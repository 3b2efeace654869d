#include "config/assignment.h"

#include <fmt/format.h>

namespace lastcall::config {

void apply(const std::vector<Assignment>& assignments, Settings& settings, Origins& origins, Diagnostics& diagnostics) {
  for (const Assignment& assignment : assignments) {
    const Option& option = *assignment.option;
    // A flag's or a variable's name is the place already; in a file the line has many words.
    const auto report = [&](const Place& place, const std::string& message) {
      const bool in_file = place.line > 0;
      diagnostics.push_back({place, in_file ? fmt::format("{}: {}", option.name, message) : message, place.source.starts_with("--")});
    };
    if (option.repeatable) option.clear(settings);
    origins[option.name] = assignment.place;
    if (assignment.values.empty())
      report(assignment.place, fmt::format("the list is empty; leave it out, or write for example {}", option.example));
    for (const Value& value : assignment.values)
      if (const Status status = option.set(settings, value.text); !status) report(value.place, status.error().message);
  }
}

}  // namespace lastcall::config
