// Where one copy of the child will listen, and how it is told: a private port or socket of ours in PORT, HOST and the placeholders of its
// command, or the fixed address that the user named (decisions 10 and 12), and its number in INSTANCE. Holds the port's lock as long as the
// child may bind it. With --no-proxy there is no place, and the command stays untouched. Made by ChildEndpoints; supervisor process only.
#pragma once

#include <cstdint>
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
  const Address& upstream() const { return upstream_; }  // AF_UNSPEC with --no-proxy
  const std::vector<std::string>& command() const { return command_; }
  const std::vector<std::string>& environment() const { return environment_; }
  const std::string& mark() const { return mark_; }  // the variable that only this copy's processes have; empty: there never is another copy
  bool assigned_port() const { return static_cast<bool>(port_lock_); }

  // The child's Unix socket is there: lets the worker connect to it. Cheap; to be called until it returns true.
  bool open_to_worker();

  // Of a fixed Unix socket, whose permissions are the user's business: what on its path keeps the worker out, if anything.
  std::optional<std::string> keeps_worker_out() const;  // "/run/app has mode 0700 and belongs to 0:0; the proxy process runs as 65534:65534"

  // Nobody lives who could use what the last child left at its place: a socket file there would keep the next one from binding.
  void clear_for_next();

 private:
  friend class ChildEndpoints;
  Address upstream_;
  std::vector<std::string> command_;
  std::vector<std::string> environment_;
  std::string mark_;
  UniqueFd port_lock_;
  bool own_socket_ = false;
  std::optional<os::Credentials> worker_;
  bool opened_ = false;
};

// Makes them, one for each copy, and owns the directory of their sockets.
class ChildEndpoints {
 public:
  // `worker`: who must be able to connect to a Unix socket of the child; empty: we ourselves. `child`: who binds it; empty: we ourselves.
  // `settings` outlives it.
  ChildEndpoints(const config::Settings& settings, std::vector<std::string> environment, std::optional<os::Credentials> worker,
                 std::optional<os::Credentials> child = std::nullopt);

  // `number`: what people and the copy itself see, free again once the copy is gone; `id`: never used again.
  Result<ChildEndpoint> make(std::uint32_t number, std::uint32_t id);

  const std::vector<std::string>& environment() const { return environment_; }  // of all copies, before each is told its own

  // Each copy has a place and a number of its own; else there can be but one.
  bool several() const { return numbered_; }

 private:
  Status assign_place(ChildEndpoint& made, std::uint32_t number);
  Status make_directory();

  const config::Settings& settings_;
  std::vector<std::string> environment_;
  std::optional<os::Credentials> worker_, child_;
  bool numbered_;
  std::optional<os::RuntimeDirectory> directory_;
};

}  // namespace lastcall::supervisor
