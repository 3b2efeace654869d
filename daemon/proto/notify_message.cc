#include "proto/notify_message.h"

#include <algorithm>
#include <charconv>

#include "base/people_text.h"

namespace lastcall::proto {
namespace {

template <class Number>
std::optional<Number> positive(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

std::optional<Duration> duration(std::string_view text) {
  const auto value = positive<std::uint64_t>(text);
  if (!value) return std::nullopt;
  // USEC_INFINITY is the largest number; no duration of ours is that long either.
  constexpr auto kMost = static_cast<std::uint64_t>(duration_cast<microseconds>(kInfinite).count());
  return *value >= kMost ? kInfinite : Duration(microseconds(static_cast<std::int64_t>(*value)));
}

template <class T>
bool take(std::optional<T>& target, std::optional<T> value) {
  if (!value) return false;
  target = std::move(value);
  return true;
}

bool take_flag(bool& flag, std::string_view value) { return value == "1" && (flag = true); }

// False: it means nothing to us.
bool take_assignment(NotifyMessage& message, std::string_view name, std::string_view value) {
  if (name == "READY") return take_flag(message.ready, value);
  if (name == "RELOADING") return take_flag(message.reloading, value);
  if (name == "STOPPING") return take_flag(message.stopping, value);
  if (name == "WATCHDOG" && value == "trigger") return message.watchdog_trigger = true;
  if (name == "WATCHDOG") return take_flag(message.watchdog, value);
  if (name == "FDSTORE" || name == "FDSTOREREMOVE") return take_flag(message.fd_store, value);
  if (name == "BARRIER") return value == "1";  // answered by closing its descriptor, as we close all
  if (name == "MAINPID") return take(message.main_pid, positive<int>(value));
  if (name == "ERRNO") return take(message.error, positive<int>(value));
  if (name == "EXTEND_TIMEOUT_USEC") return take(message.extend_timeout, duration(value));
  if (name == "WATCHDOG_USEC") return take(message.watchdog_time, duration(value));
  if (name == "STATUS") return take(message.status, std::optional(plain_line(value, kNotifyStatusLimit)));
  return false;
}

}  // namespace

std::optional<NotifyMessage> parse_notify_message(std::string_view datagram) {
  if (datagram.empty() || datagram.size() > kNotifyLimit) return std::nullopt;
  // Some clients send the NUL that ends a C string along, which systemd takes.
  if (datagram.back() == '\0') datagram.remove_suffix(1);
  if (datagram.find('\0') != datagram.npos) return std::nullopt;
  NotifyMessage message;
  while (!datagram.empty()) {
    const std::size_t end = std::min(datagram.find('\n'), datagram.size());
    const std::string_view line = datagram.substr(0, end);
    datagram.remove_prefix(std::min(end + 1, datagram.size()));
    if (line.empty()) continue;
    const std::size_t equals = line.find('=');
    const bool known = equals != line.npos && take_assignment(message, line.substr(0, equals), line.substr(equals + 1));
    message.other += known ? 0 : 1;
  }
  return message;
}

}  // namespace lastcall::proto
