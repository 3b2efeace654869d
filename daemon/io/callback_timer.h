// A core::Timer that calls a function; for the process and people's planes, where a closure reads better than a class. Allocates
// once, at construction: not for the data path.
#pragma once

#include <functional>

#include "core/timer_queue.h"
#include "io/loop.h"

namespace lastcall::io {

class CallbackTimer final : public core::Timer {
 public:
  CallbackTimer(Loop& loop, std::function<void()> callback) : loop_(loop), callback_(std::move(callback)) {}
  void arm_at(TimePoint due) { loop_.timers().arm(*this, due); }
  void arm_after(Duration wait) { loop_.timers().arm(*this, after(loop_.now(), wait)); }
  void disarm() { loop_.timers().disarm(*this); }

 private:
  void on_timer(TimePoint) override { callback_(); }
  Loop& loop_;
  std::function<void()> callback_;
};

}  // namespace lastcall::io
