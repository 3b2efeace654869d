// A request and the child that is not there: it waits, is sent, and is sent again where that can do no harm (G59, G60, G64).
#include "proxy/http1_session.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {

// True: there is a connection, which may still be on its way. False: the request waits, or was refused.
bool Http1Session::reach_child(bool fresh_only) {
  if (context_.waiting_room->must_wait()) [[unlikely]] {
    wait_for_child(false);
    return false;
  }
  if (connect_upstream(fresh_only)) return true;
  context_.restarts() ? wait_for_child(true) : refuse(503, "the server can't be reached");
  return false;
}

// `again`: it failed at the child that we know.
void Http1Session::wait_for_child(bool again) {
  exchange_->upstream.reset();
  exchange_->sent = false;
  if (!context_.waiting_room->enter(exchange_->guest, *this, again))
    refuse(503, context_.child_serves() ? "the server has too much to do" : "the server is shutting down or not ready");
}

void Http1Session::on_admitted() {
  if (retired()) return;
  exchange_->last_progress = context_.now();
  if (reach_child(exchange_->sent_again) || exchange_->response_complete) advance();
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
  exchange_->upstream.reset();
  exchange_->sent = false;
  if (!reach_child(true)) return;
  context_.count(proto::Counter::upstream_retries);
  if (!exchange_->upstream->stream->connecting()) send_held_request();
}

// For the next child: what this one never got, and once what may be repeated.
bool Http1Session::may_wait() {
  Exchange& exchange = *exchange_;
  if (!context_.restarts() || exchange.response_begun || !context_.child_serves()) return false;
  if (!exchange.sent) return true;
  if (exchange.body_forwarded) return false;
  if (exchange.none_taken) return true;
  if (!exchange.idempotent || exchange.sent_again) return false;
  return exchange.sent_again = true;
}

}  // namespace lastcall::proxy
