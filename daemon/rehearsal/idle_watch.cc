#include "rehearsal/idle_watch.h"

#include <algorithm>
#include <utility>

namespace lastcall::rehearsal {
namespace {

constexpr Duration kBeyond = milliseconds(250);  // to see that it was kept for longer than we keep it
constexpr Duration kLongest = seconds(10);       // nobody wants to wait longer for this one answer

}  // namespace

IdleWatch::IdleWatch(io::Loop& loop, io::Poller& poller, Options options, std::function<void()> on_done)
    : loop_(loop),
      options_(std::move(options)),
      on_done_(std::move(on_done)),
      client_(poller, options_.command, *this),
      seen_enough_(loop, [this] { finish(); }) {}

void IdleWatch::start() {
  seen_enough_.arm_after(options_.answer_within);
  client_.get(options_.path);
}

IdleFigures IdleWatch::figures() const {
  IdleFigures figures = figures_;
  if (idle_since_ != kNever) figures.watched = figures.closed_after.value_or(loop_.now() - idle_since_);
  return figures;
}

void IdleWatch::on_reply(HttpClient&, const Reply& reply) {
  if (reply.what != ReplyKind::answered) return finish();
  figures_.status = reply.status;
  figures_.keep_alive = reply.keep_alive;
  figures_.announced = reply.keep_alive_timeout;
  if (!reply.keep_alive) return finish();
  idle_since_ = loop_.now();
  // What it announces is believed, because lastcall goes by it, too. The connection stays, as long as the load runs anyway.
  if (figures_.announced > 0) return finish();
  seen_enough_.arm_after(std::min(options_.pool_idle, kLongest - kBeyond) + kBeyond);
}

void IdleWatch::on_idle_end(HttpClient&) {
  figures_.closed_after = loop_.now() - idle_since_;
  finish();
}

void IdleWatch::finish() {
  seen_enough_.disarm();
  if (std::exchange(done_, true)) return;
  on_done_();
}

}  // namespace lastcall::rehearsal
