// Mistakes in what the user wrote, collected and never only the first one: a person repairs a file once, not five times. Each says where
// (file with line and column, flag, or variable), what was found, and what is wanted. Plain values; supervisor and `lastcall check`.
#pragma once

#include <string>
#include <utility>
#include <string_view>
#include <vector>

namespace lastcall::config {

// Where a value was written. An empty source means that nobody wrote it: a default, or a rule over several options.
struct Place {
  Place() = default;
  // A constructor, as GCC 12 takes an aggregate's skipped members for uninitialised at -O3.
  Place(std::string source_, int line_ = 0, int column_ = 0) : source(std::move(source_)), line(line_), column(column_) {}

  std::string source;  // "lastcall.yaml", "--grace", "LASTCALL_GRACE"
  int line = 0;        // from 1; 0 outside files
  int column = 0;
  bool operator==(const Place&) const = default;
};

struct Diagnostic {
  Place place;
  std::string message;
  bool usage = false;  // the command line itself is wrong: exit 64 where all mistakes are of this kind, else 78
  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

// "lastcall.yaml:3:8: ...", "--grace: ...", or the message alone.
std::string to_string(const Diagnostic& diagnostic);

// Text from outside, fit for a message: in quotes, control characters escaped, at most 60 bytes of it.
std::string quoted(std::string_view text);

}  // namespace lastcall::config
