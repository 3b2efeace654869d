#include "io/acceptor.h"

#include <cstring>

#include "base/log.h"
#include "os/socket.h"

namespace lastcall::io {
namespace {

constexpr std::size_t kAtOnce = 4;                    // G13: haproxy measured 80k against 63k connections/s for 4 against 64
constexpr Duration kPause = milliseconds(100);        // G14: the backlog holds meanwhile
constexpr Duration kComplainEvery = seconds(1);
constexpr std::size_t kEverything = SIZE_MAX;

}  // namespace

Acceptor::Acceptor(Loop& loop, int listener, OnConnection on_connection)
    : loop_(loop),
      listener_(listener),
      on_connection_(std::move(on_connection)),
      watch_(loop, listener, [this](int) { accept_up_to(kAtOnce); }),
      resume_(loop, [this] { resume(); }) {}

void Acceptor::start() {
  started_ = true;
  if (!out_of_descriptors_) watch_.start(FdWatch::readable);
}

void Acceptor::pause() {
  started_ = false;
  watch_.stop();
}

std::size_t Acceptor::sweep() {
  const bool was_started = std::exchange(started_, true);
  const std::size_t taken = accept_up_to(kEverything);
  if (!was_started) pause();
  return taken;
}

void Acceptor::on_descriptor_freed() {
  if (out_of_descriptors_) resume();
}

std::size_t Acceptor::accept_up_to(std::size_t limit) {
  using enum os::AcceptResult::Outcome;
  std::size_t taken = 0;
  // A transient failure uses up a turn as well, so that one that never ends can't hold the loop; but a sweep may meet many.
  for (std::size_t tries = 0; tries < limit && started_; ++tries) {
    os::AcceptResult result = os::accept_connection(listener_);
    if (result.outcome == empty) break;
    if (result.outcome == transient) continue;
    if (result.outcome != accepted) {
      pause_for_descriptors(result.error);
      break;
    }
    ++taken;
    on_connection_(std::move(result.socket), result.peer);
  }
  return taken;
}

// Nothing is accepted only to be closed: the clients wait in the kernel's queue until descriptors are free again.
void Acceptor::pause_for_descriptors(int error) {
  out_of_descriptors_ = true;
  watch_.stop();
  resume_.arm_after(kPause);
  if (loop_.now() < next_complaint_) return;
  next_complaint_ = after(loop_.now(), kComplainEvery);
  log_warn("accept_paused")("error", strerrordesc_np(error));
}

void Acceptor::resume() {
  out_of_descriptors_ = false;
  resume_.disarm();
  if (started_) watch_.start(FdWatch::readable);
}

}  // namespace lastcall::io
