// Deadlines of many objects under one clock. Intrusive and allocation-free in the steady state; the owner feeds it the time and
// gets called back for what is due. A binary heap: exact, O(log n) to arm; a Timer that is merely extended costs nothing until its
// old place is reached. Used by supervisor and worker loops; not thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"

namespace lastcall::core {

class TimerQueue;

// A member of the object that waits. Its destructor takes it out of the queue.
class Timer {
 public:
  Timer() = default;
  virtual ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool armed() const { return queue_ != nullptr; }
  TimePoint due() const { return due_; }

 protected:
  virtual void on_timer(TimePoint now) = 0;  // disarmed before the call; may arm again or destroy itself

 private:
  friend class TimerQueue;
  TimerQueue* queue_ = nullptr;
  std::size_t index_ = 0;
  TimePoint due_ = kNever;     // what the owner wants
  TimePoint position_ = kNever;  // where it stands in the heap: never later than due_
};

class TimerQueue {
 public:
  ~TimerQueue();
  void arm(Timer& timer, TimePoint due);  // also moves an armed one; later than before: lazily, without moving it now; kNever disarms
  void disarm(Timer& timer);
  TimePoint next() const;                 // when run() is next worth calling; kNever if empty
  // Calls on_timer of all that are due, earliest first. What is armed meanwhile comes in the next run() at the earliest, so that a
  // timer that arms itself for the past again cannot keep the loop from its other work.
  void run(TimePoint now);
  std::size_t size() const { return heap_.size(); }

 private:
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);
  void place(std::size_t index, Timer* timer);
  std::vector<Timer*> heap_;
  TimePoint earliest_ = TimePoint::min();  // what arm() raises times to: past run()'s own time while it goes on
};

}  // namespace lastcall::core
