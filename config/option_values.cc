#include "config/option_values.h"

#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "config/diagnostics.h"
#include "os/signal_name.h"

namespace lastcall::config {
namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<std::string_view, Enum>, N>;

constexpr Names<bool, 2> kBooleans{{{"true", true}, {"false", false}}};
constexpr Names<bool, 8> kBooleanWords{
    {{"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"on", true}, {"off", false}, {"1", true}, {"0", false}}};
constexpr Names<LogLevel, 5> kLevels{{{"debug", LogLevel::debug},
                                      {"info", LogLevel::info},
                                      {"warn", LogLevel::warn},
                                      {"error", LogLevel::error},
                                      {"off", LogLevel::off}}};
constexpr Names<LogFormat, 2> kFormats{{{"text", LogFormat::text}, {"json", LogFormat::json}}};
constexpr Names<AccessLogFormat, 3> kAccessLogs{
    {{"off", AccessLogFormat::off}, {"combined", AccessLogFormat::combined}, {"json", AccessLogFormat::json}}};
constexpr Names<core::RestartMode, 3> kRestarts{{{"never", core::RestartMode::never},
                                                 {"on-failure", core::RestartMode::on_failure},
                                                 {"always", core::RestartMode::always}}};
constexpr Names<ProxyAccept, 4> kProxyAccepts{
    {{"off", ProxyAccept::off}, {"v1", ProxyAccept::v1}, {"v2", ProxyAccept::v2}, {"any", ProxyAccept::any}}};
constexpr Names<ProxySend, 3> kProxySends{{{"off", ProxySend::off}, {"v1", ProxySend::v1}, {"v2", ProxySend::v2}}};
constexpr Names<OutputMode, 3> kOutputs{{{"pass", OutputMode::pass}, {"prefix", OutputMode::prefix}, {"json", OutputMode::json}}};
constexpr Names<TerminalMode, 2> kTerminals{{{"automatic", TerminalMode::automatic}, {"child", TerminalMode::child}}};

template <class Enum, std::size_t N>
std::string list_names(const Names<Enum, N>& names) {
  std::string text;
  for (std::size_t i = 0; i < N; ++i) text += fmt::format("{}{}", i == 0 ? "" : i + 1 == N ? " or " : ", ", names[i].first);
  return text;
}

template <class Enum, std::size_t N>
Status parse_choice(std::string_view text, Enum& value, const Names<Enum, N>& names) {
  for (const auto& [name, meaning] : names) {
    if (name == text) {
      value = meaning;
      return {};
    }
  }
  return Error{0, fmt::format("{} is none of the choices; write {}", quoted(text), list_names(names))};
}

template <class Enum, std::size_t N>
std::string choice_text(Enum value, const Names<Enum, N>& names) {
  for (const auto& [name, meaning] : names)
    if (meaning == value) return std::string(name);
  panic("an option holds a value without a name");
}

}  // namespace

Status parse_into(std::string_view text, bool& value) {
  if (!parse_choice(text, value, kBooleanWords)) return Error{0, fmt::format("{} is not true or false", quoted(text))};
  return {};
}

Status parse_into(std::string_view text, std::uint32_t& value) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size())
    return Error{0, fmt::format("{} is not a whole number from 0 to {}; write for example 1000", quoted(text),
                                std::numeric_limits<std::uint32_t>::max())};
  value = number;
  return {};
}

Status parse_into(std::string_view text, Duration& value) {
  value = TRY(parse_duration(text));
  return {};
}

Status parse_into(std::string_view text, Address& value) {
  value = TRY(Address::parse(text));
  return {};
}

Status parse_into(std::string_view text, std::string& value) {
  if (text.empty()) return Error{0, "the text is empty"};
  value = text;
  return {};
}

Status parse_into(std::string_view text, LogLevel& value) { return parse_choice(text, value, kLevels); }
Status parse_into(std::string_view text, LogFormat& value) { return parse_choice(text, value, kFormats); }
Status parse_into(std::string_view text, AccessLogFormat& value) { return parse_choice(text, value, kAccessLogs); }
Status parse_into(std::string_view text, TerminalMode& value) { return parse_choice(text, value, kTerminals); }
Status parse_into(std::string_view text, OutputMode& value) { return parse_choice(text, value, kOutputs); }
Status parse_into(std::string_view text, core::RestartMode& value) { return parse_choice(text, value, kRestarts); }
Status parse_into(std::string_view text, ProxyAccept& value) { return parse_choice(text, value, kProxyAccepts); }
Status parse_into(std::string_view text, ProxySend& value) { return parse_choice(text, value, kProxySends); }

Status parse_signal(std::string_view text, int& number) {
  const std::optional<int> signal = os::parse_signal(text);
  if (!signal) return Error{0, fmt::format("{} is not a signal; write for example TERM, QUIT, INT or RTMIN+3", quoted(text))};
  // The kernel never delivers these two to a program that could stop in order: KILL is what comes at the deadline anyway.
  if (const std::string name = signal_text(*signal); name == "KILL" || name == "STOP")
    return Error{0, fmt::format("{} can't be handled by the child, so it can't end in order; write for example TERM", name)};
  number = *signal;
  return {};
}

Status parse_path(std::string_view text, std::string& path) {
  if (!text.starts_with('/')) return Error{0, fmt::format("{} is not a path; it starts with a slash: /healthz", quoted(text))};
  // It is written into a request line as it is.
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#')
      return Error{0, fmt::format("{} is not a path of a request: spaces, control characters and # are %-encoded", quoted(text))};
  path = text;
  return {};
}

Status parse_limit(std::string_view text, Duration& value) {
  const Duration limit = TRY(parse_duration(text));
  if (limit == Duration::zero()) return Error{0, fmt::format("{} leaves no time at all; write infinity for no limit", quoted(text))};
  value = limit;
  return {};
}

Status parse_exit_code(std::string_view text, std::uint32_t& value) {
  std::uint32_t number = 0;
  if (!parse_into(text, number) || number > 255)
    return Error{0, fmt::format("{} is not an exit code from 0 to 255; a signal is 128 and its number, so TERM is 143", quoted(text))};
  value = number;
  return {};
}

Status parse_instances(std::string_view text, std::uint32_t& value) {
  std::uint32_t number = 0;
  if (!parse_into(text, number) || number < 1 || number > kMaxInstances)
    return Error{0, fmt::format("{} copies are not possible; write a number from 1 to {}", quoted(text), kMaxInstances)};
  value = number;
  return {};
}

Status parse_single_worker(std::string_view text, std::uint32_t& value) {
  std::uint32_t number = 0;
  TRY(parse_into(text, number));
  if (number != 1) return Error{0, fmt::format("{} workers are not possible yet; write 1", number)};
  value = number;
  return {};
}

std::string to_text(bool value) { return choice_text(value, kBooleans); }
std::string to_text(std::uint32_t value) { return std::to_string(value); }
std::string to_text(std::int32_t value) { return std::to_string(value); }
std::string to_text(Duration value) { return format_duration(value); }
std::string to_text(const Address& value) { return value.to_string(); }
std::string to_text(LogLevel value) { return choice_text(value, kLevels); }
std::string to_text(LogFormat value) { return choice_text(value, kFormats); }
std::string to_text(AccessLogFormat value) { return choice_text(value, kAccessLogs); }
std::string to_text(TerminalMode value) { return choice_text(value, kTerminals); }
std::string to_text(OutputMode value) { return choice_text(value, kOutputs); }
std::string to_text(core::RestartMode value) { return choice_text(value, kRestarts); }
std::string to_text(ProxyAccept value) { return choice_text(value, kProxyAccepts); }
std::string to_text(ProxySend value) { return choice_text(value, kProxySends); }

std::string signal_text(int number) {
  std::string name = os::signal_name(number);
  return name.starts_with("SIG") ? name.substr(3) : name;
}

}  // namespace lastcall::config
