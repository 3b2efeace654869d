#include "supervisor/wrong_port_hint.h"

#include <netinet/in.h>

#include "os/port_owner.h"
#include "os/process_tree.h"

namespace lastcall::supervisor {
namespace {

bool is_wildcard(const Address& address) { return address.host() == "0.0.0.0" || address.host() == "::"; }

// How we would reach a server that listens on `address`.
Address reachable(const Address& address) { return is_wildcard(address) ? Address::loopback(address.port()) : address; }

}  // namespace

std::optional<std::string> wrong_port_hint(const Address& expected, bool assigned, std::span<const int> child_pids) {
  const auto found = os::listening_of(child_pids);
  if (found.empty()) return std::nullopt;
  for (const Address& address : found)
    if (reachable(address) == expected) return std::nullopt;
  const Address& where = found.front();
  const std::string told = assigned ? "$PORT (" + std::to_string(expected.port()) + ")" : expected.to_string();
  if (!expected.is_unix() && where.port() == expected.port())
    return "the server listens on " + where.to_string() + ", not on " + expected.to_string() + ": let it bind " + expected.host();
  return "the server listens on " + where.to_string() + ", not on " + told + ": use --upstream " + reachable(where).to_string() +
         (assigned ? ", or let it read PORT from its environment or {port} from its arguments" : "");
}

bool listens_nowhere(std::span<const int> child_pids) {
  return !child_pids.empty() && os::proc_is_readable() && os::listening_of(child_pids).empty();
}

}  // namespace lastcall::supervisor
