// The edge-triggered epoll set of a worker, hung into the libuv loop as one uv_poll handle (decision 25; measured in
// docs/performance.md). A descriptor is registered once with IN|OUT|RDHUP|ET and never modified: pausing is a flag of the owner,
// not a system call. In a worker for its clients, in the supervisor for the control plane; not thread-safe.
#pragma once

#include <sys/epoll.h>

#include <array>

#include "base/result.h"
#include "base/unique_fd.h"
#include "io/fd_watch.h"
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
};

class Poller {
 public:
  static Result<std::unique_ptr<Poller>> open(Loop& loop);

  Status add(int fd, Pollable& pollable);
  // Must be called before a Pollable dies or its descriptor is closed: an event of the batch in progress may still name it.
  // Closing the descriptor takes it out of the kernel's set; no system call here.
  void forget(const Pollable& pollable);
  Loop& loop() { return loop_; }

 private:
  Poller(Loop& loop, UniqueFd epoll);
  void on_epoll_readable();
  static constexpr int kBatch = 256;
  Loop& loop_;
  UniqueFd epoll_;
  std::array<epoll_event, kBatch> batch_;
  int batch_size_ = 0;
  int batch_next_ = 0;
  FdWatch watch_;
};

}  // namespace lastcall::io
