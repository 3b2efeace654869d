// Hears what one copy of the child says to its NOTIFY_SOCKET, and from nobody else: the sender is the child's main process or below it, by the
// kernel's word, never a worker, a hook or a stranger; others are refused and logged. Bounded per turn, so that a flood starves
// nobody. Judges no message: that is its owner's, ChildHealth. Supervisor process only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "io/fd_watch.h"
#include "io/loop.h"
#include "os/notify_socket.h"
#include "proto/notify_message.h"
#include "supervisor/process_table.h"

namespace lastcall::supervisor {

class NotifyListener {
 public:
  using Callback = std::function<void(const proto::NotifyMessage&)>;
  NotifyListener(io::Loop& loop, ProcessTable& processes, os::NotifySocket socket, Callback callback);

  const std::string& name() const { return socket_.name(); }
  void expect(int main_pid);  // who speaks from now on; 0: nobody, and what is said is thrown away silently
  void read_pending();        // what was said before now, without waiting for the loop to see it

 private:
  bool hear(const os::Notification& notification);
  void refuse(const os::Notification& notification, const char* why);

  io::Loop& loop_;
  ProcessTable& processes_;
  os::NotifySocket socket_;
  Callback callback_;
  int main_pid_ = 0;
  TimePoint complain_at_{};  // not earlier again: a stranger must not fill our log
  io::FdWatch watch_;
};

}  // namespace lastcall::supervisor
