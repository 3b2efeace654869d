// Where the child will listen, and how it is told: a private port or socket of ours in PORT, HOST and the placeholders of its command,
// or the fixed address that the user named (decisions 10 and 12). Holds the port's lock and the socket's place as long as the child may
// bind them. With --no-proxy there is none of it and the command stays untouched. Owned by the service; supervisor process only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "config/settings.h"
#include "os/privileges.h"
#include "os/runtime_directory.h"

namespace lastcall::supervisor {

class ChildEndpoint {
 public:
  // `worker`: who must be able to connect to a Unix socket of the child; empty: we ourselves. `child`: who binds it; empty: we ourselves.
  static Result<ChildEndpoint> choose(const config::Settings& settings, const std::vector<std::string>& environment,
                                      const std::optional<os::Credentials>& worker,
                                      const std::optional<os::Credentials>& child = std::nullopt);

  const Address& upstream() const { return upstream_; }  // AF_UNSPEC with --no-proxy
  const std::vector<std::string>& command() const { return command_; }
  const std::vector<std::string>& environment() const { return environment_; }
  bool assigned_port() const { return static_cast<bool>(port_lock_); }

  // The child's Unix socket is there: lets the worker connect to it. Cheap; to be called until it returns true.
  bool open_to_worker();

  // Of a fixed Unix socket, whose permissions are the user's business: what on its path keeps the worker out, if anything.
  std::optional<std::string> keeps_worker_out() const;

  // Nobody lives who could use what the last child left at its place: a socket file there would keep the next one from binding.
  void clear_for_next();

 private:
  Address upstream_;
  std::vector<std::string> command_;
  std::vector<std::string> environment_;
  UniqueFd port_lock_;
  std::optional<os::RuntimeDirectory> directory_;
  std::optional<os::Credentials> worker_;
  bool opened_ = false;
};

}  // namespace lastcall::supervisor
