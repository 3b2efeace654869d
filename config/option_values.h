// One value of each type: text to value and back. The option table is built from these; errors name what was found, what is wanted and an
// example. Pure functions; used by option_table.cc only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "config/settings.h"

namespace lastcall::config {

Status parse_into(std::string_view text, bool& value);
Status parse_into(std::string_view text, std::uint32_t& value);
Status parse_into(std::string_view text, Duration& value);
Status parse_into(std::string_view text, Address& value);
Status parse_into(std::string_view text, std::string& value);
Status parse_into(std::string_view text, LogLevel& value);
Status parse_into(std::string_view text, LogFormat& value);
Status parse_into(std::string_view text, AccessLogFormat& value);
Status parse_into(std::string_view text, TerminalMode& value);
Status parse_into(std::string_view text, OutputMode& value);
Status parse_into(std::string_view text, core::RestartMode& value);
Status parse_into(std::string_view text, ProxyAccept& value);
Status parse_into(std::string_view text, ProxySend& value);

// Types that a C++ type can't tell apart, and narrower ranges of one.
Status parse_signal(std::string_view text, int& number);
Status parse_path(std::string_view text, std::string& path);          // of a URL
Status parse_limit(std::string_view text, Duration& value);           // positive
Status parse_exit_code(std::string_view text, std::uint32_t& value);  // 0 to 255
Status parse_instances(std::string_view text, std::uint32_t& value);
Status parse_single_worker(std::string_view text, std::uint32_t& value);

std::string to_text(bool value);
std::string to_text(std::uint32_t value);
std::string to_text(std::int32_t value);
std::string to_text(Duration value);
std::string to_text(const Address& value);
std::string to_text(LogLevel value);
std::string to_text(LogFormat value);
std::string to_text(AccessLogFormat value);
std::string to_text(TerminalMode value);
std::string to_text(OutputMode value);
std::string to_text(core::RestartMode value);
std::string to_text(ProxyAccept value);
std::string to_text(ProxySend value);
std::string signal_text(int number);

template <class T>
Status parse_into(std::string_view text, std::optional<T>& value) {
  T inner{};
  TRY(parse_into(text, inner));
  value = std::move(inner);
  return {};
}

}  // namespace lastcall::config
