#include "supervisor/listeners.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/exit_code.h"
#include "os/listener_filter.h"
#include "os/port_owner.h"
#include "os/socket.h"

namespace lastcall::supervisor {
namespace {

bool has_path(const Address& address) { return address.is_unix() && !address.unix_path().starts_with('@'); }

std::uint64_t inode_of(const Address& address) {
  struct stat entry{};
  return has_path(address) && ::lstat(address.unix_path().c_str(), &entry) == 0 ? entry.st_ino : 0;
}

std::string in_the_way_of_socket(const Address& address, int code, const std::string& option) {
  struct stat entry{};
  const bool file = has_path(address) && ::lstat(address.unix_path().c_str(), &entry) == 0 && !S_ISSOCK(entry.st_mode);
  const std::string other = "choose another place with " + option;
  switch (code) {
    case EADDRINUSE: return file ? "; a file that is no socket is in the way: " + other : "; another server answers there: stop it, or " + other;
    case ENOENT: return "; the directory does not exist: create it, or " + other;
    case EACCES: return "; this user may not create a socket in that directory: " + other;
    default: return "";
  }
}

}  // namespace

// The kernel's words, then who or what stands in the way, then the way out.
Error Listeners::explain(const Address& address, Error error, const std::string& option) {
  const std::string port = std::to_string(address.port());
  if (address.is_unix()) {
    error.message += in_the_way_of_socket(address, error.code, option);
  } else if (error.code == EADDRINUSE) {
    const auto owner = os::who_listens_on(address.port());
    error.message += owner ? "; port " + port + " is held by " + owner->name + " (pid " + std::to_string(owner->pid) + ")"
                           : "; port " + port + " is held by another process";
    error.message += ": stop it, or choose another port with " + option;
  } else if (error.code == EACCES && address.port() < 1024) {
    error.message += "; port " + port +
                     " is privileged: choose a port from 1024 on, or allow this one with CAP_NET_BIND_SERVICE "
                     "(setcap, AmbientCapabilities=) or the sysctl net.ipv4.ip_unprivileged_port_start";
  } else if (error.code == EADDRNOTAVAIL) {
    error.message += "; no interface of this machine has the address";
  }
  return error;
}

Result<Listeners> Listeners::open(const std::vector<Address>& addresses) {
  Listeners made;
  for (const Address& address : addresses) {
    auto socket = os::listen_on(address);
    if (!socket) return explain(address, std::move(socket).error(), "--listen");
    const auto bound = os::local_address(socket.value().get());
    const Address real = bound ? bound.value() : address;
    made.entries_.push_back({std::move(socket).value(), real, inode_of(real)});
  }
  return made;
}

int Listeners::exit_code(const Error& error) {
  const bool busy = error.code == EADDRINUSE || error.code == EADDRNOTAVAIL;
  return static_cast<int>(busy ? core::ExitCode::address_busy : core::ExitCode::kernel_refused);
}

std::vector<int> Listeners::descriptors() const {
  std::vector<int> all;
  for (const Entry& entry : entries_) all.push_back(entry.socket.get());
  return all;
}

std::string Listeners::describe() const {
  std::string all;
  for (const Entry& entry : entries_) all += (all.empty() ? "" : ", ") + entry.address.to_string();
  return all;
}

void Listeners::refuse_new() {
  for (const Entry& entry : entries_)
    if (!entry.address.is_unix()) (void)os::attach_syn_filter(entry.socket.get());
}

std::size_t Listeners::sweep_and_close(const std::function<void(std::uint32_t, UniqueFd)>& hand_over) {
  std::size_t taken = 0;
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    for (;;) {
      os::AcceptResult result = os::accept_connection(entries_[index].socket.get());
      if (result.outcome == os::AcceptResult::Outcome::transient) continue;
      if (result.outcome != os::AcceptResult::Outcome::accepted) break;
      if (!entries_[index].address.is_unix()) os::detach_filter(result.socket.get());  // inherited from the listener (G5)
      hand_over(index, std::move(result.socket));
      ++taken;
    }
  }
  close();
  return taken;
}

void Listeners::close() {
  for (Entry& entry : entries_) {
    entry.socket.reset();
    // A successor may have put its own socket there meanwhile.
    if (entry.inode != 0 && inode_of(entry.address) == entry.inode) ::unlink(entry.address.unix_path().c_str());
  }
  entries_.clear();
}

}  // namespace lastcall::supervisor
