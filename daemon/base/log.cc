#include "base/log.h"

#include <unistd.h>

#include <memory>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

namespace lastcall {
namespace {

LogSettings g_settings;

void write_blocking(std::string_view line) {
  // Before the non-blocking writer exists there is nothing better to do with a failed write than to go on.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

// Hands whole formatted lines to the writer of the process.
class WriterSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const std::string_view text(line.data(), line.size());
    g_settings.writer != nullptr ? g_settings.writer(text) : write_blocking(text);
  }
  void flush_() override {}
};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string pattern() {
  const std::string name = g_settings.process.empty() ? "lastcall" : "lastcall " + g_settings.process;
  if (g_settings.format == LogFormat::json) {
    const std::string process = g_settings.process.empty() ? "supervisor" : g_settings.process;
    return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","process":")" + process + R"(","pid":%P,%v})";
  }
  const char* dim = g_settings.color ? "\033[2m" : "";
  const char* plain = g_settings.color ? "\033[0m" : "";
  return fmt::format("{}%Y-%m-%dT%H:%M:%S.%eZ {}:{} %v", dim, name, plain);
}

spdlog::logger& logger() {
  static const std::unique_ptr<spdlog::logger> instance = [] {
    auto made = std::make_unique<spdlog::logger>("lastcall", std::make_shared<WriterSink>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern(), spdlog::pattern_time_type::utc));
    made->set_level(spdlog_level(g_settings.level));
    return made;
  }();
  return *instance;
}

const char* text_prefix(LogLevel level) {
  if (level == LogLevel::error) return g_settings.color ? "\033[31merror:\033[0m " : "error: ";
  if (level == LogLevel::warn) return g_settings.color ? "\033[33mwarning:\033[0m " : "warning: ";
  return "";
}

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

// Bare words read better; whatever could be mistaken for two fields is quoted.
bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value)
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\' || c == 0x7f) return true;
  return false;
}

}  // namespace

void configure_log(const LogSettings& settings) {
  g_settings = settings;
  logger().set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern(), spdlog::pattern_time_type::utc));
  set_log_level(settings.level);
}

void set_log_level(LogLevel level) {
  g_settings.level = level;
  logger().set_level(spdlog_level(level));
}

bool log_enabled(LogLevel level) { return level >= g_settings.level; }

LogLine::LogLine(LogLevel level, std::string_view event) : level_(level), enabled_(log_enabled(level)) {
  if (!enabled_) return;
  if (g_settings.format == LogFormat::json) {
    fields_ = "\"event\":";
    append_quoted(fields_, event);
  } else {
    fields_ = text_prefix(level);
    fields_ += event;
  }
}

LogLine::~LogLine() {
  if (enabled_) logger().log(spdlog_level(level_), spdlog::string_view_t(fields_.data(), fields_.size()));
}

LogLine& LogLine::operator()(std::string_view key, std::string_view value) {
  if (!enabled_) return *this;
  if (g_settings.format == LogFormat::json) {
    fields_ += ',';
    append_quoted(fields_, key);
    fields_ += ':';
    append_quoted(fields_, value);
  } else {
    fields_ += fmt::format(" {}=", key);
    if (needs_quotes(value))
      append_quoted(fields_, value);
    else
      fields_ += value;
  }
  return *this;
}

LogLine& LogLine::operator()(std::string_view key, bool value) { return number(key, value ? "true" : "false"); }

LogLine& LogLine::number(std::string_view key, std::string_view digits) {
  if (!enabled_) return *this;
  if (g_settings.format == LogFormat::json)
    fields_ += fmt::format(",\"{}\":{}", key, digits);
  else
    fields_ += fmt::format(" {}={}", key, digits);
  return *this;
}

}  // namespace lastcall
