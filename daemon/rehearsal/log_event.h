// One line of what lastcall says with --log-format json. A value; parsing is pure and never fails loudly: what is no event is simply none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastcall::rehearsal {

struct LogEvent {
  std::string name;
  std::string level;
  std::vector<std::pair<std::string, std::string>> fields;  // without time, level, process, pid and event; numbers as their digits

  const std::string* find(std::string_view key) const;
  std::string text(std::string_view key) const;     // empty without
  std::int64_t number(std::string_view key) const;  // -1 without
};

// Nothing unless the line is an event of the supervisor: a worker says nothing that a rehearsal needs.
std::optional<LogEvent> parse_log_event(std::string_view line);

}  // namespace lastcall::rehearsal
