#include "supervisor/child_endpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "config/child_environment.h"
#include "config/placeholders.h"
#include "os/port_assignment.h"
#include "os/socket_access.h"

namespace lastcall::supervisor {
namespace {

using config::Placeholder;

void set(config::Environment& environment, std::string_view name, std::string_view value) {
  config::set_variable(environment, std::string(name) + "=" + std::string(value));
}

}  // namespace

ChildEndpoints::ChildEndpoints(const config::Settings& settings, std::vector<std::string> environment,
                               std::optional<os::Credentials> worker, std::optional<os::Credentials> child)
    : settings_(settings),
      environment_(std::move(environment)),
      worker_(std::move(worker)),
      child_(std::move(child)),
      // An init adds nothing to what it was told to run, unless the user asked for copies, which must know themselves apart.
      numbered_(settings.no_proxy ? settings.instances > 1 : !settings.upstream) {}

Result<ChildEndpoint> ChildEndpoints::make(std::uint32_t number, std::uint32_t id) {
  ChildEndpoint made;
  made.command_ = settings_.command;
  made.environment_ = environment_;
  made.worker_ = worker_;
  if (numbered_) {
    set(made.environment_, "INSTANCE", std::to_string(number));
    set(made.environment_, "LASTCALL_INSTANCE", std::to_string(number));
    const std::string mark = std::to_string(::getpid()) + "." + std::to_string(id);
    set(made.environment_, "LASTCALL_COPY", mark);
    made.mark_ = "LASTCALL_COPY=" + mark;
  }
  if (settings_.no_proxy) return made;
  if (settings_.upstream) {
    made.upstream_ = *settings_.upstream;
    if (!made.upstream_.is_unix()) {
      set(made.environment_, "PORT", std::to_string(made.upstream_.port()));
      set(made.environment_, "HOST", made.upstream_.host());
    }
    made.command_ = config::unescape(settings_.command);  // {port} itself was refused, so who means it literally writes {{port}}
    return made;
  }
  TRY(assign_place(made, number));
  return made;
}

Status ChildEndpoints::assign_place(ChildEndpoint& made, std::uint32_t number) {
  config::PlaceholderValues values{.port = "", .host = "127.0.0.1", .socket = "", .instance = std::to_string(number)};
  const bool by_socket = config::uses(settings_.command, Placeholder::socket);
  if (!by_socket || config::uses(settings_.command, Placeholder::port)) {
    os::AssignedPort assigned = TRY(os::assign_port());
    made.port_lock_ = std::move(assigned.lock);
    made.upstream_ = Address::loopback(assigned.port);
    values.port = std::to_string(assigned.port);
    set(made.environment_, "PORT", values.port);
    set(made.environment_, "HOST", values.host);
  }
  if (by_socket) {
    TRY(make_directory());
    values.socket = directory_->file("child-" + values.instance + ".sock");
    made.upstream_ = TRY(Address::parse("unix:" + values.socket));
    made.own_socket_ = true;
    made.clear_for_next();  // of an earlier copy of that number
  }
  made.command_ = config::substitute(settings_.command, values);
  return {};
}

Status ChildEndpoints::make_directory() {
  if (directory_) return {};
  directory_ = TRY(os::RuntimeDirectory::create());
  if (worker_ || child_) TRY(directory_->give_to(child_ ? child_->uid : ::geteuid(), worker_ ? worker_->gid : child_->gid));
  return {};
}

std::optional<std::string> ChildEndpoint::keeps_worker_out() const {
  if (own_socket_ || !worker_ || !upstream_.is_unix() || upstream_.unix_path().empty()) return std::nullopt;
  const auto obstacle = os::what_keeps_out(upstream_.unix_path(), *worker_);
  if (!obstacle) return std::nullopt;
  return fmt::format("{}; the proxy process runs as {}:{}", obstacle->describe(), worker_->uid, worker_->gid);
}

void ChildEndpoint::clear_for_next() {
  opened_ = false;
  if (own_socket_) ::unlink(upstream_.unix_path().c_str());
}

bool ChildEndpoint::open_to_worker() {
  if (opened_ || !own_socket_ || !worker_) return true;
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
