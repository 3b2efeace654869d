#include "core/timer_queue.h"

#include <algorithm>

#include "base/result.h"

namespace lastcall::core {

Timer::~Timer() {
  if (queue_ != nullptr) queue_->disarm(*this);
}

TimerQueue::~TimerQueue() {
  for (Timer* timer : heap_) timer->queue_ = nullptr;
}

void TimerQueue::arm(Timer& timer, TimePoint due) {
  if (due == kNever) return disarm(timer);
  due = std::max(due, earliest_);
  if (timer.queue_ == nullptr) {
    timer.queue_ = this;
    timer.due_ = timer.position_ = due;
    heap_.push_back(&timer);
    place(heap_.size() - 1, &timer);
    sift_up(timer.index_);
    return;
  }
  if (timer.queue_ != this) panic("a timer is armed in two queues");
  timer.due_ = due;
  if (due >= timer.position_) return;  // later: the move waits until its old place is reached
  timer.position_ = due;
  sift_up(timer.index_);
}

void TimerQueue::disarm(Timer& timer) {
  if (timer.queue_ == nullptr) return;
  if (timer.queue_ != this) panic("a timer is disarmed in another queue than its own");
  const std::size_t hole = timer.index_;
  timer.queue_ = nullptr;
  timer.due_ = timer.position_ = kNever;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(hole, last);
  sift_up(hole);
  sift_down(last->index_);
}

TimePoint TimerQueue::next() const { return heap_.empty() ? kNever : heap_.front()->position_; }

void TimerQueue::run(TimePoint now) {
  earliest_ = after(now, nanoseconds(1));
  while (next() <= now) {
    Timer& first = *heap_.front();
    if (first.due_ > first.position_) {
      first.position_ = first.due_;
      sift_down(0);
      continue;
    }
    disarm(first);
    first.on_timer(now);  // may have destroyed itself, or any other timer
  }
  earliest_ = TimePoint::min();
}

void TimerQueue::sift_up(std::size_t index) {
  Timer* moving = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (heap_[parent]->position_ <= moving->position_) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, moving);
}

void TimerQueue::sift_down(std::size_t index) {
  Timer* moving = heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->position_ < heap_[child]->position_) ++child;
    if (moving->position_ <= heap_[child]->position_) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, moving);
}

void TimerQueue::place(std::size_t index, Timer* timer) {
  heap_[index] = timer;
  timer->index_ = index;
}

}  // namespace lastcall::core
