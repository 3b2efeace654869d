// Level-triggered readiness of one descriptor that somebody else owns (uv_poll): listeners, pidfds, channels, log pipes. Not for
// client or upstream connections, which live in io/poller. The watch ends with the object; the descriptor stays open.
#pragma once

#include <functional>
#include <memory>

#include "io/loop.h"

namespace lastcall::io {

class FdWatch {
 public:
  enum : int { readable = 1, writable = 2, hangup = 4 };
  // `callback(events)`; may destroy the FdWatch. `fd` must stay open as long as this lives, and becomes non-blocking: never one whose
  // open file is shared with others, such as the terminal (P52). An error on `fd` is reported as all three events, once.
  FdWatch(Loop& loop, int fd, std::function<void(int events)> callback);
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  void start(int events);  // replaces the events watched before
  void stop();

 private:
  struct Node;  // heap node with the uv_poll_t; freed by its close callback
  Node* node_;
};

}  // namespace lastcall::io
