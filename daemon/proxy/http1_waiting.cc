// A request and the child that is not there: it waits, is sent, and is sent again where that can do no harm (G59, G60, G64).
#include "proxy/http1_session.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {

// True: there is a connection, which may still be on its way. False: the request waits, or was refused.
bool Http1Session::reach_child(const Reach& how) {
  if (context_.waiting_room->must_wait(how.admitted, how.avoid)) [[unlikely]] {
    wait_for_child(how.avoid.has_value());
    return false;
  }
  if (connect_upstream(how)) return true;
  // What has just refused and is left in use will not get better by waiting.
  if (context_.instances->any_free()) {
    note(proto::AccessOutcome::upstream_failed);
    refuse(503, "the server can't be reached");
  } else {
    wait_for_child(false);
  }
  return false;
}

// `again`: it broke at the child that we know.
void Http1Session::wait_for_child(bool again) {
  exchange_->upstream.reset();
  exchange_->sent = false;
  if (!context_.waiting_room->enter(exchange_->guest, *this, again))
    refuse(503, context_.instances->expected() ? "the server has too much to do" : "the server is not there");
}

void Http1Session::on_admitted() {
  if (retired()) return;
  exchange_->last_progress = context_.now();
  if (reach_child({.fresh_only = exchange_->sent_again, .admitted = true}) || exchange_->response_complete) advance();
}

void Http1Session::on_turned_away(const char* why) {
  if (retired()) return;
  refuse(503, why);
  advance();
}

// The connection stands: the head goes out with what has arrived of the body.
void Http1Session::send_held_request() {
  const auto held = std::move(pending_);
  send_request(held ? std::string_view(*held) : std::string_view());
}

// Once, for a request that may be repeated and whose bytes we still have, on a connection that the child may have closed as idle (G59).
bool Http1Session::may_retry() const {
  const Exchange& exchange = *exchange_;
  return !exchange.response_begun && exchange.upstream->reused && exchange.idempotent && !exchange.body_forwarded && !exchange.retried &&
         context_.child_serves();
}

void Http1Session::retry() {
  exchange_->retried = true;
  context_.count(proto::Counter::upstream_retries);
  send_again({.fresh_only = true});
}

void Http1Session::send_again(const Reach& how) {
  exchange_->upstream.reset();
  exchange_->sent = false;
  if (reach_child(how) && !exchange_->upstream->stream->connecting()) send_held_request();
}

// The instance was sealed, or is not well, before it took the connection: nothing was sent, so another one gets the request at once, whatever
// its method. Waiting would cost up to timeouts.upstream_connect where it hangs with a full queue.
void Http1Session::on_instance_closed() {
  if (!exchange_runs() || !exchange_->upstream || exchange_->sent) return;
  const UpstreamConnection& upstream = *exchange_->upstream;
  if (!upstream.stream->connecting() || !context_.instances->better_elsewhere(upstream.lease)) return;
  go_elsewhere();
}

// It has had its turn, so it waits for nobody's.
void Http1Session::go_elsewhere() {
  send_again({.admitted = true, .avoid = exchange_->upstream->lease.id()});
  advance();
}

// True: that was all that there was to do at this time. One that hangs may not have been found out yet, and nothing was sent to it either.
bool Http1Session::leave_slow_child(TimePoint now) {
  Exchange& exchange = *exchange_;
  if (!exchange.upstream || !exchange.upstream->stream->connecting() || now < exchange.look_at) return false;
  exchange.look_at = now + Instances::kLookAgain;
  if (context_.instances->leave_slow(exchange.upstream->lease, exchange.upstream->stream->fd())) {
    go_elsewhere();
    return true;
  }
  if (now >= next_deadline()) return false;
  wake_at(next_deadline());
  return true;
}

// To another instance, or to the next child: what this one took no byte of, and once what may be repeated.
bool Http1Session::may_send_again() const {
  const Exchange& exchange = *exchange_;
  if (exchange.response_begun || exchange.body_forwarded || !context_.child_serves()) return false;
  if (!exchange.none_taken && (!exchange.idempotent || exchange.sent_again)) return false;
  return context_.restarts() || context_.instances->any_free(exchange.upstream->lease.id());
}

}  // namespace lastcall::proxy
