// The edge-triggered epoll set of a worker, hung into the libuv loop as one uv_poll handle (decision 25; measured in
// docs/performance.md). A descriptor is registered once with IN|OUT|RDHUP|ET and never modified: pausing is a flag of the owner,
// not a system call. An accepted one is registered when somebody has to wait for it or when it is some milliseconds old: most that live
// for one request never are. In a worker for its clients, in the supervisor for the control plane; not thread-safe.
#pragma once

#include <sys/epoll.h>

#include <array>

#include "base/result.h"
#include "base/unique_fd.h"
#include "io/callback_timer.h"
#include "io/fd_watch.h"
#include "io/late_list.h"
#include "io/loop.h"

namespace lastcall::io {

// Something whose descriptor is in the set.
class Pollable {
 public:
  virtual ~Pollable() = default;

 protected:
  friend class Poller;
  // `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR. Called once per edge; may destroy any Pollable, itself included.
  virtual void on_ready(std::uint32_t events) = 0;

 private:
  LateList::Place late_place_ = LateList::kNowhere;
};

class Poller {
 public:
  static Result<std::unique_ptr<Poller>> open(Loop& loop);

  Status add(int fd, Pollable& pollable);
  // Registers it in 10 to 20 ms unless hurry() or forget() comes first. Until then it has no edges; then the first one tells how it stands,
  // so nothing is missed, only learnt that much later. If the kernel refuses, it is told EPOLLERR and EPOLLHUP.
  void add_late(int fd, Pollable& pollable);
  bool is_late(const Pollable& pollable) const { return pollable.late_place_ != LateList::kNowhere; }
  void hurry(int fd, Pollable& pollable);  // now, if it is late
  // Must be called before a Pollable dies or its descriptor is closed: an event of the batch in progress may still name it.
  // Closing the descriptor takes it out of the kernel's set; no system call here.
  void forget(Pollable& pollable);
  Loop& loop() { return loop_; }

 private:
  Poller(Loop& loop, UniqueFd epoll);
  void on_epoll_readable();
  void on_late();
  static constexpr int kBatch = 256;
  Loop& loop_;
  UniqueFd epoll_;
  std::array<epoll_event, kBatch> batch_;
  int batch_size_ = 0;
  int batch_next_ = 0;
  LateList late_;
  CallbackTimer late_timer_;
  FdWatch watch_;
};

}  // namespace lastcall::io
