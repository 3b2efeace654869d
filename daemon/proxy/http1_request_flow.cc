// The request's way: from the client's first byte to the child.
#include <algorithm>

#include "proto/http_forward.h"
#include "proto/http_reply.h"
#include "proto/proxy_header.h"
#include "proto/request_route.h"
#include "proxy/body_writer.h"
#include "proxy/http1_session.h"
#include "proxy/linger.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {
namespace {

bool is_listed_stream(const WorkerContext& context, std::string_view target) {
  const auto& paths = context.settings.stream_paths;
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& prefix) { return target.starts_with(prefix); });
}

}  // namespace

// True: a whole head was read (or refused) and the state has changed.
bool Http1Session::read_request_head() {
  if (pending_ && accept_request(*pending_)) return true;
  for (int reads = 0; client_->readable(); ++reads) {
    if (reads == WorkerContext::kReadsPerTurn) {
      context_.loop.defer(*this);
      return false;
    }
    const auto result = client_->read(context_.read_buffer());
    if (result.what == io::Stream::Read::would_block) break;
    if (result.what != io::Stream::Read::data) {
      client_gone();
      return false;
    }
    const std::string_view data(context_.buffer.get(), result.size);
    if (pending_) {
      pending_->append(data);
      if (accept_request(*pending_)) return true;
    } else {
      if (accept_request(data)) return true;
      pending_ = std::make_unique<std::string>(data);
    }
  }
  if (client_->failed()) client_gone();
  return false;
}

// Looks for a whole head in `data`, which may lie in the read buffer or in pending_.
bool Http1Session::accept_request(std::string_view data) {
  if (!exchange_) exchange_ = context_.exchanges->take();
  const proto::HeadStep step = exchange_->request.parse_head(data, context_.request_head);
  if (step.what == proto::HeadStep::What::need_more) {
    if (kind() == SessionKind::idle && exchange_->request.head_begun(data)) {
      if (served_one_) longest_pause_ = std::max(longest_pause_, context_.now() - idle_since_);
      set_kind(SessionKind::finite);
      deadline_ = after(context_.now(), context_.settings.timeouts.request_head);
      wake_by(deadline_);
    }
    return false;
  }
  if (kind() == SessionKind::idle) {
    if (served_one_) longest_pause_ = std::max(longest_pause_, context_.now() - idle_since_);
    set_kind(SessionKind::finite);
  }
  if (context_.access_log) begin_entry(data, step.what == proto::HeadStep::What::done ? &context_.request_head : nullptr);
  state_ = State::exchanging;
  if (step.what == proto::HeadStep::What::invalid) {
    refuse(step.status, proto::begins_proxy_header(data) ? "a PROXY header, which is not expected from this peer" : step.why);
    return true;
  }
  // What follows the head may lie in pending_: keep it alive while it is used, and let leftovers go into a new one.
  const auto held = std::move(pending_);
  forward_request(data.substr(step.consumed));
  return true;
}

proto::ClientFacts Http1Session::client_facts() const {
  return {.host = {peer_.data(), peer_size_}, .port = local_port_, .trusted = trusted_};
}

void Http1Session::forward_request(std::string_view rest) {
  proto::RequestHead& head = context_.request_head;
  Exchange& exchange = *exchange_;
  const proto::ClientFacts client = client_facts();
  const proto::Fault fault = proto::route_request(head, context_.forward_policy, client);
  exchange.last_progress = context_.now();
  exchange.request_framing = head.framing;
  exchange.request_complete = head.framing == proto::Framing::none || (head.framing == proto::Framing::length && head.content_length == 0);
  exchange.client_minor = head.minor;
  exchange.client_keep_alive = head.keep_alive;
  exchange.is_head = head.is_head;
  exchange.idempotent = head.idempotent;
  exchange.wants_upgrade = !head.upgrade.empty();
  exchange.upgrade = head.upgrade;
  exchange.awaits_continue = head.expect_continue && !exchange.request_complete;
  exchange.takes_trailers = head.te_trailers;
  exchange.response.reset(head.is_head, head.te_trailers);
  context_.count(proto::Counter::requests);

  if (fault) return refuse(fault.status, fault.why);
  if (!context_.child_serves()) return refuse(503, "the server is shutting down or not ready");
  if (exchange.wants_upgrade && context_.phase >= core::Phase::draining) return refuse(503, "the server is shutting down");
  if (!context_.settings.stream_paths.empty() && is_listed_stream(context_, head.target)) set_kind(SessionKind::stream);
  const std::string_view id = head.wants_request_id ? context_.request_ids.next() : std::string_view();
  if (entry_) name_entry(id);
  proto::append_request_head(exchange.upstream_head, head, context_.forward_policy, client, id);
  const bool reached = reach_child({});
  if (reached && !exchange.upstream->stream->connecting()) return send_request(rest);
  if (!rest.empty()) pending_ = std::make_unique<std::string>(rest);
}

// The head, and what has arrived of the body. Not before the connection stands: what a child refused can then go to the next one.
void Http1Session::send_request(std::string_view rest) {
  Exchange& exchange = *exchange_;
  const std::uint64_t before = exchange.upstream->stream->bytes_written();
  exchange.sent = true;
  exchange.none_taken = false;
  exchange.last_progress = context_.now();
  const std::size_t consumed = forward_body(rest, exchange.upstream_head);
  if (consumed < rest.size()) pending_ = std::make_unique<std::string>(rest.substr(consumed));
  if (!exchange.upstream || !exchange.upstream->stream->aborted() || exchange.upstream->stream->bytes_written() != before) return;
  exchange.none_taken = true;
  if (exchange.body_forwarded) keep_body();
}

// Nothing of it was taken, so it stays with the head, framed as it will be sent; the end of a chunked one is written when the rest is.
void Http1Session::keep_body() {
  Exchange& exchange = *exchange_;
  std::size_t size = 0;
  for (const std::string_view slice : context_.slices) size += slice.size();
  const bool as_chunk = exchange.request_framing == proto::Framing::chunked && size > 0;
  if (as_chunk) proto::append_chunk_header(exchange.upstream_head, size);
  for (const std::string_view slice : context_.slices) exchange.upstream_head += slice;
  if (as_chunk) exchange.upstream_head += proto::kChunkEnd;
  exchange.body_forwarded = false;
}

bool Http1Session::connect_upstream(const Reach& how) {
  const bool repeatable = exchange_->idempotent && exchange_->request_complete;  // a body that was passed on is gone (G63)
  auto connection = context_.upstreams->acquire(*this, {.kind = kind(),
                                                        .repeatable = repeatable,
                                                        .fresh_only = how.fresh_only,
                                                        .avoid = how.avoid,
                                                        .client = announcement_ ? this : nullptr});
  if (!connection) return false;
  exchange_->upstream = std::move(connection).value();
  if (announcement_ && !exchange_->upstream->reused) exchange_->upstream->stream->write(*announcement_);
  if (entry_) entry_->asks(context_.now(), *exchange_->upstream);
  if (exchange_->upstream->stream->connecting()) {
    deadline_ = after(context_.now(), context_.settings.timeouts.upstream_connect);
    exchange_->look_at = context_.instances->look_at(exchange_->upstream->lease);
  }
  return true;
}

// Sends `head` (may be empty) and as much of `data` as belongs to this request; returns how much that was.
std::size_t Http1Session::forward_body(std::string_view data, std::string_view head) {
  Exchange& exchange = *exchange_;
  context_.slices.clear();
  std::size_t consumed = 0;
  // After an upgrade request the client must wait for the answer; what it sends early is held (G69).
  if (!exchange.request_complete && !data.empty()) {
    exchange.awaits_continue = false;
    const proto::BodyStep step = exchange.request.parse_body(data, context_.slices);
    if (step.invalid) {
      refuse(step.status, step.why);
      return 0;
    }
    consumed = step.consumed;
    exchange.body_rate.received(consumed, context_.now());
    exchange.request_complete = step.complete;
    exchange.body_forwarded = true;
  }
  write_message(*exchange.upstream->stream, head, context_.slices, exchange.request_framing, exchange.request_complete);
  return consumed;
}

void Http1Session::pump_request() {
  if (exchange_->upstream && !exchange_->sent) {
    const io::Stream& upstream = *exchange_->upstream->stream;
    if (upstream.connecting() || upstream.failed()) return;
    context_.instances->on_connected(exchange_->upstream->lease);
    send_held_request();
    if (!exchange_runs()) return;
  }
  for (int reads = 0; exchange_->upstream && !exchange_->request_complete && !exchange_->response_complete && !exchange_->body_dropped; ++reads) {
    io::Stream& upstream = *exchange_->upstream->stream;
    if (upstream.queued() > 0 || upstream.failed() || exchange_->none_taken) return exchange_->body_rate.pause(context_.now());
    exchange_->body_rate.go_on(context_.now());
    if (!client_->readable()) return;
    if (reads == WorkerContext::kReadsPerTurn) return context_.loop.defer(*this);
    const auto result = client_->read(context_.read_buffer());
    if (result.what == io::Stream::Read::would_block) return;
    if (result.what != io::Stream::Read::data) return client_gone();  // the body can't be completed any more
    exchange_->last_progress = context_.now();
    const std::string_view data(context_.buffer.get(), result.size);
    const std::size_t consumed = forward_body(data, {});
    if (!exchange_runs()) return;
    if (exchange_->request_complete && consumed < data.size()) pending_ = std::make_unique<std::string>(data.substr(consumed));
  }
}

// The answer has come before the body was whole, and its client reads none of it: many send all before they read. Where the answer refuses
// the request, and its child takes nothing more, none of the three would ever move again (G56); so the rest is read and forgotten, as the
// lingering close would. The time for a body holds here too.
void Http1Session::drop_body() {
  Exchange& exchange = *exchange_;
  if (exchange.request_complete || !exchange.body_unwanted) return;
  if (exchange.upstream && exchange.upstream->stream->queued() == 0 && !exchange.upstream->stream->aborted()) return;
  exchange.body_dropped = true;
  exchange.body_rate.go_on(context_.now());
  const std::uint64_t before = client_->bytes_read();
  discard_input(*client_, context_);
  if (client_->bytes_read() != before) {
    exchange.body_rate.received(client_->bytes_read() - before, context_.now());
    exchange.last_progress = context_.now();
  }
  if (client_->readable() && !client_->ended()) context_.loop.defer(*this);  // its share of this turn is used up
}

// An answer of our own; always the last one on this connection (G86).
void Http1Session::refuse(std::uint16_t status, const char* why) {
  Exchange& exchange = *exchange_;
  exchange.upstream.reset();
  exchange.guest.leave();
  if (exchange.head_sent) {
    note(proto::AccessOutcome::refused);
    return cut_answer();
  }
  exchange.response_complete = exchange.refused = exchange.close_client = true;
  exchange.head_sent = true;
  if (entry_) entry_->refused(status);
  using proto::Counter;
  context_.count(status == 400   ? Counter::replies_400
                 : status == 408 ? Counter::replies_408
                 : status == 502 ? Counter::replies_502
                 : status == 503 ? Counter::replies_503
                 : status == 504 ? Counter::replies_504
                 : status < 500  ? Counter::replies_4xx  // and the 200 for an OPTIONS that ends here
                                 : Counter::replies_5xx);
  if (status == 503 && context_.ending()) context_.count(Counter::refused_503);
  context_.count(Counter::responses_with_close);
  const std::string_view page = proto::takes_page(status) ? context_.settings.forward.error_page : std::string_view();
  client_->write(proto::make_reply(status, why, exchange.is_head, page));
}

}  // namespace lastcall::proxy
