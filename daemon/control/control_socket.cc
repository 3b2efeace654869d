#include "control/control_socket.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/log.h"
#include "os/clock.h"
#include "os/socket.h"

namespace lastcall::control {
namespace {

// A peer's connect waits in this queue while we are busy; 10,000 of them must not fill the kernel's memory.
constexpr os::ListenOptions kListen{.backlog = 128, .unix_mode = 0600};

constexpr Duration kComplainEvery = seconds(1);  // a stranger who keeps trying must not fill the log

Result<UniqueFd> listen_at(const std::string& name) { return os::listen_on(TRY(Address::parse("unix:" + name)), kListen); }

}  // namespace

Result<ControlSocket> ControlSocket::open(const std::string& path, const std::optional<os::Credentials>& child) {
  ControlSocket made;
  made.child_uid_ = child ? child->uid : ::geteuid();
  if (path != "auto") {
    made.name_ = path;
    made.listener_ = TRY(listen_at(path));
    made.own_file_ = !path.starts_with('@');
  } else if (auto directory = os::RuntimeDirectory::create()) {
    made.directory_ = std::move(directory).value();
    made.name_ = made.directory_->file("control.sock");
    if (child) TRY(made.directory_->give_to(child->uid, child->gid));
    made.listener_ = TRY(listen_at(made.name_));
  } else {
    log_debug("control_socket_abstract")("why", directory.error().message);
    made.name_ = fmt::format("@lastcall/{}", ::getpid());
    made.listener_ = TRY(listen_at(made.name_));
  }
  const bool has_file = made.own_file_ || made.directory_;
  if (has_file && child && ::chown(made.name_.c_str(), child->uid, child->gid) != 0) return system_error("chown " + made.name_);
  return made;
}

ControlSocket::~ControlSocket() {
  if (own_file_ && !name_.empty()) ::unlink(name_.c_str());
}

std::optional<Peer> ControlSocket::judge(int connection) {
  const auto found = os::peer_credentials(connection);
  if (!found) return std::nullopt;
  Peer peer{.pid = found.value().pid, .uid = found.value().uid};
  if (peer.uid == 0 || peer.uid == ::geteuid()) {
    peer.authority = Authority::operator_;
  } else if (peer.uid == child_uid_) {
    peer.authority = Authority::child;
  } else {
    if (os::now() >= next_complaint_) {
      log_warn("control_refused")("peer_pid", peer.pid)("peer_uid", peer.uid)("why", "neither root, nor our user, nor the command's");
      next_complaint_ = os::now() + kComplainEvery;
    }
    return std::nullopt;
  }
  return peer;
}

}  // namespace lastcall::control
