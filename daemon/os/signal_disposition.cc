#include "os/signal_disposition.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <optional>
#include <string>

#include "base/unique_fd.h"

namespace lastcall::os {
namespace {

// proc(5): "SigIgn:\t0000000000001000", bit n - 1 for signal n.
std::optional<bool> in_mask(std::string_view status, std::string_view name, int signal) {
  const std::string key = std::string("\n").append(name).append(":\t");
  const std::size_t at = status.find(key);
  if (at == status.npos) return std::nullopt;
  std::uint64_t mask = 0;
  const char* begin = status.data() + at + key.size();
  const auto [end, error] = std::from_chars(begin, status.data() + status.size(), mask, 16);
  if (error != std::errc() || end == begin) return std::nullopt;
  return (mask >> (signal - 1) & 1) != 0;
}

}  // namespace

SignalDisposition parse_signal_disposition(std::string_view status, int signal) {
  if (signal < 1 || signal > 64) return SignalDisposition::unknown;
  const auto ignored = in_mask(status, "SigIgn", signal);
  const auto caught = in_mask(status, "SigCgt", signal);
  const auto blocked = in_mask(status, "SigBlk", signal);
  if (!ignored || !caught || !blocked) return SignalDisposition::unknown;
  if (*ignored) return SignalDisposition::ignored;
  return *caught || *blocked ? SignalDisposition::caught : SignalDisposition::default_action;
}

SignalDisposition signal_disposition(int pid, int signal) {
  const UniqueFd file(::open(("/proc/" + std::to_string(pid) + "/status").c_str(), O_RDONLY | O_CLOEXEC));
  char text[8192];  // 1.5 KiB in practice
  const ssize_t size = file ? ::read(file.get(), text, sizeof text) : -1;
  if (size <= 0) return SignalDisposition::unknown;
  return parse_signal_disposition({text, static_cast<std::size_t>(size)}, signal);
}

}  // namespace lastcall::os
