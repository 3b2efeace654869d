#include "supervisor/child_endpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "config/placeholders.h"
#include "os/port_assignment.h"
#include "os/socket_access.h"

namespace lastcall::supervisor {
namespace {

using config::Placeholder;

// Replaces all of that name (the inherited environment may hold doubles); everything else stays byte for byte (P56).
void set_variable(std::vector<std::string>& environment, const std::string& name, const std::string& value) {
  std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(name + "="); });
  environment.push_back(name + "=" + value);
}

}  // namespace

Result<ChildEndpoint> ChildEndpoint::choose(const config::Settings& settings, const std::vector<std::string>& environment,
                                            const std::optional<os::Credentials>& worker,
                                            const std::optional<os::Credentials>& child) {
  ChildEndpoint made;
  made.command_ = settings.command;
  made.environment_ = environment;
  made.worker_ = worker;
  if (settings.no_proxy) return made;
  if (settings.upstream) {
    made.upstream_ = *settings.upstream;
    if (!made.upstream_.is_unix()) {
      set_variable(made.environment_, "PORT", std::to_string(made.upstream_.port()));
      set_variable(made.environment_, "HOST", made.upstream_.host());
    }
    made.command_ = config::unescape(settings.command);  // {port} itself was refused, so who means it literally writes {{port}}
    return made;
  }

  config::PlaceholderValues values{.port = "", .host = "127.0.0.1", .socket = "", .instance = "0"};
  const bool by_socket = config::uses(settings.command, Placeholder::socket);
  if (!by_socket || config::uses(settings.command, Placeholder::port)) {
    os::AssignedPort assigned = TRY(os::assign_port());
    made.port_lock_ = std::move(assigned.lock);
    made.upstream_ = Address::loopback(assigned.port);
    values.port = std::to_string(assigned.port);
    set_variable(made.environment_, "PORT", values.port);
    set_variable(made.environment_, "HOST", values.host);
  }
  if (by_socket) {
    made.directory_ = TRY(os::RuntimeDirectory::create());
    if (worker || child)
      TRY(made.directory_->give_to(child ? child->uid : ::geteuid(), worker ? worker->gid : child->gid));
    values.socket = made.directory_->file("child-0.sock");
    made.upstream_ = TRY(Address::parse("unix:" + values.socket));
  }
  made.command_ = config::substitute(settings.command, values);
  return made;
}

std::optional<std::string> ChildEndpoint::keeps_worker_out() const {
  if (directory_ || !worker_ || !upstream_.is_unix() || upstream_.unix_path().empty()) return std::nullopt;
  return os::what_keeps_out(upstream_.unix_path(), *worker_);
}

void ChildEndpoint::clear_for_next() {
  opened_ = false;
  if (directory_) ::unlink(upstream_.unix_path().c_str());
}

bool ChildEndpoint::open_to_worker() {
  if (opened_ || !directory_ || !worker_) return true;
  // Held by a descriptor: the directory is the child's, who could put a link to another file of root's there at any time.
  const UniqueFd socket(::open(upstream_.unix_path().c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat entry{};
  if (!socket || ::fstat(socket.get(), &entry) != 0 || !S_ISSOCK(entry.st_mode)) return false;
  // connect(2) to a Unix socket needs write permission on it; the owner stays the child's. fchmod(2) refuses a descriptor of O_PATH.
  const std::string held = "/proc/self/fd/" + std::to_string(socket.get());
  opened_ = ::fchownat(socket.get(), "", static_cast<uid_t>(-1), worker_->gid, AT_EMPTY_PATH) == 0 &&
            ::chmod(held.c_str(), (entry.st_mode & 0777) | 0060) == 0;
  return opened_;
}

}  // namespace lastcall::supervisor
