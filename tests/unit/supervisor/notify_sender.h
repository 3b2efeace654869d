// A child for tests of notifications: a forked copy of the test that sends datagrams to a name and lives until it is told to end.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/unique_fd.h"

namespace lastcall::test {

inline bool notify(const std::string& name, std::string_view text) {
  const Address address = Address::parse("unix:" + name).value();
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return ::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL, address.data(), address.size()) == static_cast<ssize_t>(text.size());
}

// Says each text, then waits to be killed.
inline int start_speaker(const std::string& name, const std::vector<std::string>& texts) {
  const int pid = ::fork();
  if (pid != 0) return pid;
  for (const std::string& text : texts)
    if (!notify(name, text)) ::_exit(1);
  for (;;) ::pause();
}

}  // namespace lastcall::test
