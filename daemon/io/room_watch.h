// Tells once when a descriptor that others share takes bytes again. Unlike FdWatch it leaves the descriptor's mode alone (P52): the
// descriptor stands in an epoll set of its own, and only that set is watched. Supervisor process; the descriptor stays its owner's.
#pragma once

#include <functional>

#include "base/unique_fd.h"
#include "io/fd_watch.h"

namespace lastcall::io {

class RoomWatch {
 public:
  RoomWatch(Loop& loop, int fd, std::function<void()> callback);

  // Once; also when the other side is gone, which the next write tells. At once for what knows no waiting (files, /dev/null).
  void start();

 private:
  void on_room();

  int fd_;
  std::function<void()> callback_;
  UniqueFd epoll_;
  bool known_ = false;  // to the set
  FdWatch watch_;
};

}  // namespace lastcall::io
