#include "io/room_watch.h"

#include <sys/epoll.h>

#include "base/result.h"

namespace lastcall::io {
namespace {

UniqueFd open_set() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) panic("epoll_create1 failed");
  return epoll;
}

}  // namespace

RoomWatch::RoomWatch(Loop& loop, int fd, std::function<void()> callback)
    : fd_(fd), callback_(std::move(callback)), epoll_(open_set()), watch_(loop, epoll_.get(), [this](int) { on_room(); }) {
  watch_.start(FdWatch::readable);
}

void RoomWatch::start() {
  epoll_event event{.events = EPOLLOUT | EPOLLONESHOT, .data = {.fd = fd_}};
  if (::epoll_ctl(epoll_.get(), known_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd_, &event) == 0)
    known_ = true;
  else
    callback_();  // EPERM: never full
}

void RoomWatch::on_room() {
  epoll_event event{};
  if (::epoll_wait(epoll_.get(), &event, 1, 0) == 1) callback_();
}

}  // namespace lastcall::io
