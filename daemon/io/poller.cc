#include "io/poller.h"

#include <utility>

namespace lastcall::io {
namespace {

// An end that comes while the answer is awaited is seen this much later at most (G28); longer than a child on this machine needs to answer.
constexpr Duration kLate = milliseconds(10);

}  // namespace

Result<std::unique_ptr<Poller>> Poller::open(Loop& loop) {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return system_error("epoll_create1");
  return std::unique_ptr<Poller>(new Poller(loop, std::move(epoll)));
}

Poller::Poller(Loop& loop, UniqueFd epoll)
    : loop_(loop), epoll_(std::move(epoll)), late_timer_(loop, [this] { on_late(); }), watch_(loop, epoll_.get(), [this](int) { on_epoll_readable(); }) {
  watch_.start(FdWatch::readable);
}

Status Poller::add(int fd, Pollable& pollable) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &pollable}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return system_error("epoll_ctl");
  return {};
}

void Poller::add_late(int fd, Pollable& pollable) {
  pollable.late_place_ = late_.put({fd, &pollable});
  if (!late_timer_.armed()) late_timer_.arm_after(kLate);
}

void Poller::hurry(int fd, Pollable& pollable) {
  if (!is_late(pollable) || !add(fd, pollable)) return;  // refused: the timer asks again, and says so
  late_.remove(std::exchange(pollable.late_place_, LateList::kNowhere));
}

void Poller::on_late() {
  for (std::size_t i = 0; i < late_.old().size(); ++i) {
    const auto [fd, pollable] = late_.old()[i];
    if (pollable == nullptr) continue;
    late_.remove(std::exchange(pollable->late_place_, LateList::kNowhere));
    if (!add(fd, *pollable)) pollable->on_ready(EPOLLERR | EPOLLHUP);
  }
  late_.age();
  if (!late_.empty()) late_timer_.arm_after(kLate);
}

void Poller::forget(Pollable& pollable) {
  if (is_late(pollable)) late_.remove(std::exchange(pollable.late_place_, LateList::kNowhere));
  for (int i = batch_next_; i < batch_size_; ++i) {
    auto& entry = batch_[static_cast<std::size_t>(i)];
    if (entry.data.ptr == &pollable) entry.data.ptr = nullptr;
  }
}

// A full batch means that more is waiting: asking again is cheaper than a turn of the loop. Bounded, so that timers and the channel
// are not starved; the set is level-triggered in the outer loop and brings us back.
void Poller::on_epoll_readable() {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    batch_size_ = ::epoll_wait(epoll_.get(), batch_.data(), kBatch, 0);
    if (round > 0) loop_.refresh();
    for (batch_next_ = 0; batch_next_ < batch_size_;) {
      const epoll_event event = batch_[static_cast<std::size_t>(batch_next_++)];
      if (event.data.ptr != nullptr) static_cast<Pollable*>(event.data.ptr)->on_ready(event.events);
    }
    const bool full = batch_size_ == kBatch;
    batch_size_ = 0;
    batch_next_ = 0;
    if (!full) return;
  }
}

}  // namespace lastcall::io
