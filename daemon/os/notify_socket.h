// Where a child says by sd_notify(3) how it is: a datagram socket of our own under an abstract name that nobody guesses, so that it needs no
// directory, no permission and no cleaning up, in any root file system. Every message comes with the kernel's word on who sent it; descriptors
// that come along are closed at once, which is also what sd_notify_barrier(3) waits for. Owned by the supervisor, one per
// instance; never our own manager's socket (P58).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

struct Notification {
  std::string_view text;  // valid until the next receive(); longer than kLimit: cut, and `cut` says so
  bool cut = false;
  int pid = 0;            // of the sender, in our PID namespace; 0: outside of it
  unsigned uid = 0;
  std::size_t descriptors = 0;  // that came along, and are closed
};

class NotifySocket {
 public:
  static constexpr std::size_t kLimit = 4096;

  static Result<NotifySocket> open();

  int fd() const { return fd_.get(); }
  const std::string& name() const { return name_; }  // "@lastcall/notify/...": for NOTIFY_SOCKET
  std::optional<Notification> receive();             // the next one; nothing: none is waiting

 private:
  NotifySocket(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  UniqueFd fd_;
  std::string name_;
  std::string buffer_;
};

}  // namespace lastcall::os
