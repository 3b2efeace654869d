#include "os/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace lastcall::os {
namespace {

UniqueFd connect_to(std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.empty() || (name[0] != '/' && name[0] != '@') || name.size() >= sizeof address.sun_path) return UniqueFd();
  std::ranges::copy(name, address.sun_path);
  if (name[0] == '@') address.sun_path[0] = '\0';  // unix(7): abstract
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return UniqueFd();
  return fd;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

}  // namespace

ServiceManager::ServiceManager(std::string_view socket, std::string_view watchdog_usec, std::string_view watchdog_pid)
    : fd_(connect_to(socket)) {
  // sd_watchdog_enabled(3): meant for another process unless the pid is ours or nobody's.
  const bool ours = watchdog_pid.empty() || number(watchdog_pid) == static_cast<std::int64_t>(::getpid());
  if (const auto usec = number(watchdog_usec); fd_ && ours && usec) watchdog_ = std::chrono::microseconds(*usec);
}

void ServiceManager::tell(std::string_view assignments) const {
  if (fd_) (void)::send(fd_.get(), assignments.data(), assignments.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace lastcall::os
