// The answer's way: from the child to the client, and what follows when either of them fails.
#include "proto/http_forward.h"
#include "proto/request_route.h"
#include "proxy/body_writer.h"
#include "proxy/http1_session.h"

namespace lastcall::proxy {
namespace {

// What is sent before the first acknowledgement: ten segments (RFC 6928).
constexpr std::uint64_t kFirstWindow = 14 * 1024;

}  // namespace

// True: the exchange is over and the state has changed. False: somebody must move first.
bool Http1Session::run_exchange() {
  if (client_->failed() || client_->aborted()) {
    client_gone();
    return false;
  }
  pump_request();
  if (retired() || state_ != State::exchanging) return !retired();
  const bool client_kept_up = client_->queued() == 0;
  pump_response();
  if (retired() || state_ != State::exchanging) return !retired();
  if (client_->failed()) {
    client_gone();
    return false;
  }
  if (exchange_->response_complete && client_->queued() == 0) {
    finish_exchange();
    return true;
  }
  if (client_->queued() > 0) drop_body();
  // The client's time begins when it stops keeping up, however long the child took for its answer.
  if (client_kept_up && client_->queued() > 0) exchange_->last_progress = context_.now();
  wake_by(next_deadline());
  return false;
}

void Http1Session::pump_response() {
  for (int reads = 0; exchange_runs() && exchange_->upstream && client_->queued() == 0; ++reads) {
    io::Stream& upstream = *exchange_->upstream->stream;
    if (!upstream.readable()) {
      if (upstream.failed()) upstream_broke("the server's connection was reset");
      return;
    }
    if (reads == WorkerContext::kReadsPerTurn) return context_.loop.defer(*this);
    const auto result = upstream.read(context_.read_buffer());
    if (result.what == io::Stream::Read::would_block) return;
    if (result.what == io::Stream::Read::data) {
      if (!take_response({context_.buffer.get(), result.size})) return;
    } else if (result.what == io::Stream::Read::end) {
      upstream_closed();
    } else {
      upstream_broke("the server's connection was reset");  // also where only the close would tell the answer's end
    }
    if (!exchange_runs()) return;
  }
}

// False: the state has changed, or the exchange is over.
bool Http1Session::take_response(std::string_view data) {
  Exchange& exchange = *exchange_;
  exchange.response_begun = true;
  if (entry_) entry_->hears(context_.now());
  if (exchange.head_sent) {
    forward_response_body(data, {});
    return exchange_runs();
  }
  if (exchange.response_partial.empty()) return take_response_head(data);
  // Slices of the head point into this string, so it must not change until they were used.
  exchange.response_partial.append(data);
  const std::string whole = std::move(exchange.response_partial);
  exchange.response_partial.clear();
  std::string_view rest = whole;
  return take_response_head(rest);
}

bool Http1Session::take_response_head(std::string_view& data) {
  Exchange& exchange = *exchange_;
  proto::ResponseHead& head = context_.response_head;
  for (;;) {
    const proto::HeadStep step = exchange.response.parse_head(data, head);
    if (step.what == proto::HeadStep::What::invalid) {
      upstream_broke(step.why);
      return false;
    }
    if (step.what == proto::HeadStep::What::need_more) {
      exchange.response_partial = std::string(data);
      return true;
    }
    data.remove_prefix(step.consumed);
    if (!head.informational || head.status == 100) exchange.awaits_continue = false;
    if (!head.informational) break;
    context_.head_text.clear();
    if (exchange.client_minor >= 1) {  // G68, G78: 1xx goes to 1.1 clients only
      proto::append_response_head(context_.head_text, head, {.client_minor = exchange.client_minor});
      client_->write(context_.head_text);
    }
    if (data.empty()) return true;
  }

  if (entry_) entry_->status = head.status;
  exchange.body_unwanted = head.status >= 400;
  exchange.upstream_keep_alive = head.keep_alive;
  exchange.keep_alive_timeout = head.keep_alive_timeout;
  const bool tunnel = head.status == 101 && exchange.wants_upgrade && proto::answers_upgrade(head, exchange.upgrade);
  // In the middle of a body the two sides would disagree about where the stream begins (RFC 9110 section 7.8).
  if (head.status == 101 && (!tunnel || !exchange.request_complete)) {
    upstream_broke(tunnel ? "the server switched protocols in the middle of a request" : "the server switched protocols unasked");
    return false;
  }
  if (head.event_stream) {
    set_kind(SessionKind::stream);
    if (context_.streams_ending) {  // too late to begin one
      end_stream();
      return false;
    }
  }
  // A body that the client still sends, or what it may send ahead of a refused upgrade (G69), can't be told from a next request.
  const bool client_is_ahead = !exchange.request_complete || exchange.wants_upgrade;
  exchange.close_client = !tunnel && (!exchange.client_keep_alive || context_.ending() || client_is_ahead);
  context_.head_text.clear();
  exchange.response_framing = proto::append_response_head(context_.head_text, head,
                                                          {.close = exchange.close_client,
                                                           .client_minor = exchange.client_minor,
                                                           .client_keep_alive_10 = exchange.client_minor == 0 && exchange.client_keep_alive,
                                                           .head_only = exchange.is_head,
                                                           .trailers = exchange.takes_trailers});
  exchange.head_sent = true;
  if (tunnel) {
    client_->write(context_.head_text);
    become_tunnel(data);
    return false;
  }
  if (exchange.response_framing == proto::Framing::until_close) exchange.close_client = true;
  if (exchange.close_client) context_.count(proto::Counter::responses_with_close);
  forward_response_body(data, context_.head_text);
  return exchange_runs();
}

void Http1Session::forward_response_body(std::string_view data, std::string_view head) {
  Exchange& exchange = *exchange_;
  context_.slices.clear();
  const proto::BodyStep step = exchange.response.parse_body(data, context_.slices);
  if (step.invalid) {
    // What was whole before the damage has been promised nothing: drop it, cut the answer.
    if (!head.empty()) client_->write(head);
    return upstream_broke(step.why);
  }
  write_message(*client_, head, context_.slices, exchange.response_framing, step.complete, step.trailers);
  if (step.complete) response_ended(step.consumed < data.size());
}

// `leftover`: bytes after the answer that nobody asked for; such a connection is not used again (G88).
void Http1Session::response_ended(bool leftover) {
  Exchange& exchange = *exchange_;
  exchange.response_complete = exchange.body_unwanted = true;
  if (exchange.upstream_keep_alive && exchange.request_complete && !leftover)
    context_.upstreams->release(std::move(*exchange.upstream), exchange.keep_alive_timeout);
  exchange.upstream.reset();
  if (!exchange.request_complete) exchange.close_client = true;
}

void Http1Session::upstream_closed() {
  Exchange& exchange = *exchange_;
  if (exchange.head_sent) {
    const proto::BodyStep end = exchange.response.finish();
    if (end.complete) {
      exchange.upstream_keep_alive = false;
      write_message(*client_, {}, {}, exchange.response_framing, true);
      return response_ended(false);
    }
  }
  upstream_broke("the server closed the connection before its answer was complete");
}

void Http1Session::upstream_broke(const char* why) {
  Exchange& exchange = *exchange_;
  if (may_retry()) return retry();
  const io::Stream& upstream = *exchange.upstream->stream;
  const Lease& lease = exchange.upstream->lease;
  const bool never_sent = !exchange.upstream->reused && upstream.bytes_written() == 0;
  if (never_sent) {
    const int error = upstream.error() != 0 ? upstream.error() : ETIMEDOUT;
    const bool somewhere_else = context_.instances->on_refused(*lease.instance(), error);
    if (somewhere_else && !exchange.body_forwarded && context_.child_serves()) return send_again({});
  } else if (may_send_again()) {
    context_.count(proto::Counter::upstream_retries);
    exchange.sent_again |= !exchange.none_taken;
    return send_again({.fresh_only = true, .avoid = lease.id()});
  } else if (!(context_.over_drain_deadline && kind() == SessionKind::finite)) {  // that one is dropped, below
    context_.count(proto::Counter::aborted_by_upstream);
  }
  note(context_.over_drain_deadline ? proto::AccessOutcome::dropped_at_deadline : proto::AccessOutcome::upstream_failed);
  exchange.upstream.reset();
  if (context_.over_drain_deadline && kind() == SessionKind::finite) context_.count(proto::Counter::dropped_finite);
  if (exchange.head_sent) return cut_answer();
  if (never_sent) return refuse(503, "the server can't be reached");
  // A child that was signalled behind our back resets what its queue holds when it closes its door, and that looks like a request that it
  // broke: who may ask again is told to, elsewhere (G154).
  if (context_.ending() && exchange.idempotent && !exchange.response_begun) return refuse(503, "the server is shutting down");
  refuse(502, why);
}

// Never present a truncated answer as complete (G57): no last chunk, a short length, and a reset where only the close tells.
void Http1Session::cut_answer() {
  note(proto::AccessOutcome::upstream_failed);
  if (exchange_->response_framing == proto::Framing::until_close) {
    context_.count(proto::Counter::resets_sent);
    client_->reset();
    return retire();
  }
  begin_linger();
}

void Http1Session::become_tunnel(std::string_view from_child) {
  context_.count(proto::Counter::upgrades);
  if (!from_child.empty()) client_->write(from_child);
  UpstreamConnection upstream = std::move(*exchange_->upstream);
  exchange_->upstream.reset();
  const std::string_view ahead = pending_ ? std::string_view(*pending_) : std::string_view();
  if (!ahead.empty()) upstream.stream->write(ahead);
  tunnel_ = std::make_unique<Tunnel>(context_, std::move(client_), std::move(upstream));
  tunnel_->set_request_line(std::string_view(exchange_->upstream_head).substr(0, exchange_->upstream_head.find('\r')));
  context_.exchanges->put(std::move(exchange_));
  if (proto::equals_ignoring_case(context_.response_head.upgrade, "websocket")) tunnel_->speak_websocket(from_child, ahead);
  pending_.reset();
  state_ = State::tunnelling;
  deadline_ = kNever;
  idle_since_ = context_.now();
  set_kind(SessionKind::stream);
  wake_at(next_deadline());
  end_tunnel_if_asked();
}

// A client that announced its close sends nothing more (RFC 9112 section 9.6), so nothing can come that would turn our close into a reset:
// waiting for its FIN would cost every short connection a wake-up. Only where the kernel can send the whole answer without hearing from the
// client; not where a body of unknown length may follow, as old clients' POST; and not at the end, when our going may take the kernel's
// queues with it. docs/design.md 4 says what becomes of a client that sends more all the same.
bool Http1Session::may_close_at_once() const {
  const Exchange& exchange = *exchange_;
  const bool has_sent_all = exchange.idempotent && exchange.request_framing == proto::Framing::none && !exchange.wants_upgrade && !pending_;
  return !exchange.client_keep_alive && has_sent_all && !exchange.refused && !context_.leaving() &&
         client_->bytes_written() <= kFirstWindow && client_->emptied();
}

// The client has the whole answer.
void Http1Session::finish_exchange() {
  note(proto::AccessOutcome::ok);
  end_entry();
  context_.count(proto::Counter::responses);
  if (context_.stop_begun && kind() == SessionKind::finite && !exchange_->refused) context_.count(proto::Counter::finished_after_t0);
  if (kind() == SessionKind::finite && !exchange_->refused)
    context_.counters.observe_latency(duration_cast<microseconds>(context_.now() - since()).count());
  if (may_close_at_once()) {
    context_.closed_at_once = context_.now();
    return retire();
  }
  if (exchange_->close_client || client_->failed()) return begin_linger();
  context_.exchanges->put(std::move(exchange_));
  note_idle();
}

}  // namespace lastcall::proxy
