// Where the control socket lies and who may speak there: $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR, /run/lastcall, /tmp, /dev/shm, else the
// abstract name @lastcall/PID, or a path that the user chose. The file is the child's, mode 0600, and gone when this object is; who asks is
// judged by SO_PEERCRED whatever the file says. Owned by the control plane; supervisor process only.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "base/unique_fd.h"
#include "control/http_message.h"
#include "os/privileges.h"
#include "os/runtime_directory.h"

namespace lastcall::control {

class ControlSocket {
 public:
  // `path`: "auto" finds a place. `child`: whom the child runs as; nothing: as we do.
  static Result<ControlSocket> open(const std::string& path, const std::optional<os::Credentials>& child);
  ControlSocket(ControlSocket&&) noexcept = default;
  ~ControlSocket();

  const std::string& name() const { return name_; }  // for LASTCALL_SOCKET: a path, or "@lastcall/PID"
  UniqueFd take_listener() { return std::move(listener_); }

  // Nothing: a stranger; refused, and logged once a second at most.
  std::optional<Peer> judge(int connection);

 private:
  ControlSocket() = default;
  std::string name_;
  UniqueFd listener_;
  std::optional<os::RuntimeDirectory> directory_;
  bool own_file_ = false;  // at a path of the user's
  unsigned child_uid_ = 0;
  TimePoint next_complaint_{};
};

}  // namespace lastcall::control
