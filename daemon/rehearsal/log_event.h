// One line of what lastcall says with --log-format json, told apart from whatever the command writes to the same pipe. A value; parsing is
// pure and never fails loudly: a line that is not lastcall's is simply none.
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

// Nothing unless the line is an event of the supervisor with that pid: a command that logs JSON, too, can't pass for it.
std::optional<LogEvent> parse_log_event(std::string_view line, int supervisor_pid);

// What a line of the common pipe is made of. Both write to it, so that an event may follow words that have no end yet.
struct PipeLine {
  std::optional<std::string_view> words{};  // the command's; nothing where lastcall alone wrote
  std::optional<LogEvent> event{};
};
PipeLine split_pipe_line(std::string_view line, int supervisor_pid);

}  // namespace lastcall::rehearsal
