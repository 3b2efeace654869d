// lastcall's JSON log lines as events with fields: what the tests wait on instead of on time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastcall::test {

struct Event {
  std::string name;
  std::map<std::string, std::string> fields;  // nested ones as "child.pid"

  bool has(const std::string& key) const { return fields.contains(key); }
  std::string text(const std::string& key) const;          // empty without
  std::int64_t number(const std::string& key) const;       // -1 where there is none
};

// Nothing where the line is no JSON object with an "event": a line of the child's.
std::optional<Event> parse_event(std::string_view line);

}  // namespace lastcall::test
