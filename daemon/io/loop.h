// One libuv loop with one TimerQueue and a list of work deferred to the end of the turn. libuv owns the loop, timers, signals and
// pipes; connections hang into it through io/poller (decision 25). One per process, created first and destroyed last.
#pragma once

#include <memory>

#include "base/time.h"
#include "core/timer_queue.h"

struct uv_loop_s;

namespace lastcall::io {

// Work that wants to go on in the next turn without waiting for the kernel, such as a connection that has used up its fair share.
class Deferred {
 public:
  virtual ~Deferred();

 protected:
  virtual void on_deferred() = 0;

 private:
  friend class Loop;
  class Loop* loop_ = nullptr;
  Deferred* next_ = nullptr;
  Deferred** link_ = nullptr;
};

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // until stop(); returns after the current turn
  void stop();

  // The time, read once per turn and per callback from the kernel (G193).
  TimePoint now() const { return now_; }
  void refresh();  // called by every entry from the kernel into our code

  core::TimerQueue& timers() { return timers_; }
  void defer(Deferred& work);  // runs once, in this or the next turn, before the loop blocks; idempotent
  uv_loop_s* raw();

 private:
  struct Handles;  // uv_loop_t, uv_timer_t, uv_prepare_t, uv_idle_t
  friend class Deferred;
  void before_poll();
  void on_timer();
  void run_deferred();
  void cancel(Deferred& work);
  std::unique_ptr<Handles> handles_;
  core::TimerQueue timers_;
  Deferred* deferred_ = nullptr;
  Deferred** deferred_tail_ = &deferred_;
  TimePoint now_{};
};

}  // namespace lastcall::io
