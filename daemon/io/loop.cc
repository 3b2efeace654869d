#include "io/loop.h"

#include <uv.h>

#include "base/result.h"
#include "os/clock.h"

namespace lastcall::io {

struct Loop::Handles {
  uv_loop_t loop{};
  uv_timer_t timer{};
  uv_prepare_t prepare{};
  uv_idle_t idle{};
  TimePoint armed = kNever;  // what `timer` waits for
};

Deferred::~Deferred() {
  if (loop_ != nullptr) loop_->cancel(*this);
}

Loop::Loop() : handles_(std::make_unique<Handles>()) {
  if (uv_loop_init(&handles_->loop) != 0) panic("no event loop: out of descriptors or memory");
  uv_loop_t* loop = &handles_->loop;
  uv_timer_init(loop, &handles_->timer);
  uv_prepare_init(loop, &handles_->prepare);
  uv_idle_init(loop, &handles_->idle);
  handles_->timer.data = handles_->prepare.data = handles_->idle.data = this;
  // The prepare handle also keeps the loop alive: run() ends by stop() alone.
  uv_prepare_start(&handles_->prepare, [](uv_prepare_t* handle) { static_cast<Loop*>(handle->data)->before_poll(); });
  refresh();
}

Loop::~Loop() {
  for (auto* handle : {reinterpret_cast<uv_handle_t*>(&handles_->timer), reinterpret_cast<uv_handle_t*>(&handles_->prepare),
                       reinterpret_cast<uv_handle_t*>(&handles_->idle)})
    uv_close(handle, nullptr);
  // Runs the close callbacks, also those of watches that ended before us. Twice: after a stop() outside of run() the first run only
  // takes note of it.
  for (int i = 0; i < 2; ++i) uv_run(&handles_->loop, UV_RUN_NOWAIT);
  if (uv_loop_close(&handles_->loop) != 0) panic("a descriptor watch outlives its loop");
}

void Loop::run() { uv_run(&handles_->loop, UV_RUN_DEFAULT); }
void Loop::stop() { uv_stop(&handles_->loop); }
void Loop::refresh() { now_ = os::now(); }
uv_loop_s* Loop::raw() { return &handles_->loop; }

// Arms the one libuv timer for the earliest deadline, and only when that changed. libuv counts whole milliseconds of the same clock,
// rounded down, so a deadline rounded up never fires early.
void Loop::before_poll() {
  const TimePoint due = timers_.next();
  if (due == handles_->armed) return;
  handles_->armed = due;
  if (due == kNever) {
    uv_timer_stop(&handles_->timer);
    return;
  }
  const auto due_ms = static_cast<std::uint64_t>(std::chrono::ceil<milliseconds>(due.time_since_epoch()).count());
  const std::uint64_t from = uv_now(&handles_->loop);
  uv_timer_start(
      &handles_->timer, [](uv_timer_t* handle) { static_cast<Loop*>(handle->data)->on_timer(); }, due_ms > from ? due_ms - from : 0, 0);
}

void Loop::on_timer() {
  handles_->armed = kNever;  // it has fired: whatever is next has to be armed again
  refresh();
  timers_.run(now_);
}

void Loop::defer(Deferred& work) {
  if (work.loop_ != nullptr) return;
  work.loop_ = this;
  work.next_ = nullptr;
  work.link_ = deferred_tail_;
  *deferred_tail_ = &work;
  deferred_tail_ = &work.next_;
  // An active idle handle keeps the loop from blocking and runs once per turn.
  uv_idle_start(&handles_->idle, [](uv_idle_t* handle) { static_cast<Loop*>(handle->data)->run_deferred(); });
}

void Loop::cancel(Deferred& work) {
  *work.link_ = work.next_;
  if (work.next_ != nullptr) work.next_->link_ = work.link_;
  if (deferred_tail_ == &work.next_) deferred_tail_ = work.link_;
  work.loop_ = nullptr;
}

// Takes the list as it is now: work that defers itself again has its next go in the next turn, after the kernel was asked.
void Loop::run_deferred() {
  refresh();
  Deferred* batch = deferred_;
  if (batch != nullptr) batch->link_ = &batch;
  deferred_ = nullptr;
  deferred_tail_ = &deferred_;
  while (batch != nullptr) {
    Deferred& work = *batch;
    cancel(work);
    work.on_deferred();
  }
  if (deferred_ == nullptr) uv_idle_stop(&handles_->idle);
}

}  // namespace lastcall::io
