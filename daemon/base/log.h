// One structured line per thing that happens: an event word and key=value fields, as text for people or JSON for machines (G189).
// A line never blocks: the writer that os/log_writer installs drops what does not fit and counts it. Times are UTC.
//
//   log_info("draining")("t0_ms", 12)("finite", 3);
//
// Used by supervisor and worker; never by core or proto, which report through events.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace lastcall {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
enum class LogFormat : std::uint8_t { text, json };

// Takes one whole line, newline included. Must not block.
using LogWriter = void (*)(std::string_view line);

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  bool color = false;         // text only; a terminal without NO_COLOR
  std::string process;        // "worker" in a worker's lines, empty in the supervisor's
  LogWriter writer = nullptr; // null: standard error, blocking (before start-up is complete, and in tests)
};

void configure_log(const LogSettings& settings);
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);

// Builds one line; the destructor writes it.
class LogLine {
 public:
  LogLine(LogLevel level, std::string_view event);
  ~LogLine();
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  LogLine& operator()(std::string_view key, std::string_view value);
  LogLine& operator()(std::string_view key, const char* value) { return (*this)(key, std::string_view(value)); }
  LogLine& operator()(std::string_view key, bool value);
  template <class Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>)
  LogLine& operator()(std::string_view key, Number value) {
    return number(key, std::to_string(value));
  }

 private:
  LogLine& number(std::string_view key, std::string_view digits);

  LogLevel level_;
  bool enabled_;
  std::string fields_;
};

inline LogLine log_debug(std::string_view event) { return LogLine(LogLevel::debug, event); }
inline LogLine log_info(std::string_view event) { return LogLine(LogLevel::info, event); }
inline LogLine log_warn(std::string_view event) { return LogLine(LogLevel::warn, event); }
inline LogLine log_error(std::string_view event) { return LogLine(LogLevel::error, event); }

}  // namespace lastcall
