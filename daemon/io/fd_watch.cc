#include "io/fd_watch.h"

#include <uv.h>

#include "base/result.h"

namespace lastcall::io {

static_assert(static_cast<int>(FdWatch::readable) == UV_READABLE);
static_assert(static_cast<int>(FdWatch::writable) == UV_WRITABLE);
static_assert(static_cast<int>(FdWatch::hangup) == UV_DISCONNECT);

struct FdWatch::Node {
  uv_poll_t poll{};
  Loop& loop;
  // Lives in the node, not in the FdWatch: the callback may destroy the latter while it runs.
  std::function<void(int)> callback;

  static void on_poll(uv_poll_t* poll, int status, int events) {
    auto* node = static_cast<Node*>(poll->data);
    node->loop.refresh();
    // On POLLERR libuv has already stopped the handle and says UV_EBADF; the owner's next read or write tells the real error.
    node->callback(status < 0 ? readable | writable | hangup : events);
  }
};

FdWatch::FdWatch(Loop& loop, int fd, std::function<void(int events)> callback)
    : node_(new Node{.loop = loop, .callback = std::move(callback)}) {
  node_->poll.data = node_;
  if (uv_poll_init(loop.raw(), &node_->poll, fd) != 0) panic("a descriptor can't be watched: closed, watched twice, or a plain file");
}

FdWatch::~FdWatch() {
  uv_close(reinterpret_cast<uv_handle_t*>(&node_->poll), [](uv_handle_t* handle) { delete static_cast<Node*>(handle->data); });
}

void FdWatch::start(int events) {
  if (uv_poll_start(&node_->poll, events, Node::on_poll) != 0) panic("a descriptor was closed while it was watched");
}

void FdWatch::stop() { uv_poll_stop(&node_->poll); }

}  // namespace lastcall::io
