#include "proxy/http1_session.h"

#include <algorithm>
#include <cstring>

#include "os/tcp_info.h"
#include "os/socket.h"
#include "proxy/linger.h"

namespace lastcall::proxy {
namespace {

// Steps that one connection may take in a row before others get their turn (pipelined requests).
constexpr int kStepsPerTurn = 32;
// Data may have reached the socket without its event having reached us: look again this much later instead of closing on it.
constexpr Duration kRecheck = milliseconds(5);
// How often a client that takes nothing is looked at within its send time. What it took last it took at some point since the last look, so
// this is how precise the time is.
constexpr int kSendChecks = 4;
constexpr Duration kQuietAtTheEnd = seconds(1);

// Of one listener it is known without asking the kernel.
std::uint16_t local_port(const config::Settings& settings, int socket) {
  if (settings.listen.size() == 1 && (settings.listen.front().is_unix() || settings.listen.front().port() != 0))
    return settings.listen.front().port();
  const auto address = os::local_address(socket);
  return address ? address.value().port() : 0;
}

}  // namespace

Http1Session::Http1Session(WorkerContext& context, ClientConnection client)
    : Session(context, SessionKind::idle), client_(client.open(context.poller, *this)), idle_since_(context.now()), trusted_(client.trusted) {
  local_port_ = client.server ? client.server->port() : local_port(context.settings, client_->fd());
  announcement_ = announcement(context.settings.forward.proxy_send, client, client_->fd());
  const std::string host = client.peer.host();
  peer_size_ = static_cast<std::uint8_t>(std::min(host.size(), peer_.size()));
  std::memcpy(peer_.data(), host.data(), peer_size_);
}

Http1Session::~Http1Session() {
  if (announcement_) context_.upstreams->forget(this);
  const io::Stream* client = tunnel_ ? &tunnel_->client() : client_.get();
  if (client == nullptr) return;
  context_.count(proto::Counter::bytes_from_clients, client->bytes_read());
  context_.count(proto::Counter::bytes_to_clients, client->bytes_written());
  end_entry();
}

void Http1Session::start() {
  wake_at(next_deadline());
  advance();
}

void Http1Session::on_stream(io::Stream& stream) {
  if (retired()) return;
  if (entry_ && &stream != client_.get() && !stream.connecting() && !stream.failed()) entry_->connects(context_.now());
  // The client moved, or the child took some of a body, which lets the client go on. Who has an answer to take, or to wait for, gains no
  // time by sending more: what it takes is looked at in check_slow_client().
  if (exchange_ && !exchange_->request_complete && client_->queued() == 0) exchange_->last_progress = context_.now();
  advance();
}

// Does whatever can be done now; every branch returns false when it waits for somebody.
void Http1Session::advance() {
  for (int step = 0; !retired(); ++step) {
    if (step == kStepsPerTurn) return context_.loop.defer(*this);
    switch (state_) {
      case State::between:
        if (!read_request_head()) return;
        break;
      case State::exchanging:
        if (!run_exchange()) return;
        break;
      case State::tunnelling: return pump_tunnel();
      case State::lingering: return linger();
    }
  }
}

void Http1Session::note_idle() {
  state_ = State::between;
  served_one_ = true;
  idle_since_ = context_.now();
  set_kind(SessionKind::idle);
  // Usually later than what is armed, and then free: the timer looks again when it fires.
  wake_at(next_deadline());
}

TimePoint Http1Session::next_deadline() const {
  const auto& timeouts = context_.settings.timeouts;
  switch (state_) {
    case State::between: {
      if (kind() != SessionKind::idle) return std::min(deadline_, context_.drain_deadline);
      const TimePoint idle_end = after(idle_since_, timeouts.idle);
      if (context_.finishing) return context_.now();
      if (!context_.ending_idle()) return idle_end;
      return std::min(idle_end, context_.idle_policy.close_at(idle_since_, longest_pause_, context_.ending_idle_since,
                                                              context_.drain_deadline));
    }
    case State::exchanging: {
      TimePoint due = kNever;
      const Exchange& exchange = *exchange_;
      if (client_->queued() > 0)
        return std::min(body_deadline(), after(std::max(exchange.last_progress, exchange.send_checked), timeouts.send / kSendChecks));
      if (!exchange.upstream) return kNever;
      const io::Stream& upstream = *exchange.upstream->stream;
      if (upstream.connecting()) due = std::min(deadline_, exchange.look_at);
      // A child that takes its time with a connection, a 100 or a body is not the client's fault.
      const bool client_turn = !exchange.request_complete && exchange.sent && !exchange.awaits_continue;
      if (client_turn && upstream.queued() == 0) due = std::min({due, after(exchange.last_progress, timeouts.request_body), body_deadline()});
      const bool child_turn = exchange.request_complete || (exchange.sent && exchange.awaits_continue);
      if (child_turn && !exchange.response_begun) due = std::min(due, after(exchange.last_progress, timeouts.response));
      return due;
    }
    case State::tunnelling: {
      // With the child gone its last bytes still come, then its end; where nothing comes the tunnel leads elsewhere and is let go.
      const bool may_end = context_.finishing && !tunnel_->ending() && tunnel_->client().queued() == 0;
      TimePoint due = std::min(deadline_, after(idle_since_, may_end ? kQuietAtTheEnd : timeouts.tunnel_idle));
      if (tunnel_->websocket() != nullptr && !tunnel_->ending()) due = std::min(due, tunnel_->websocket()->due());
      return due;
    }
    case State::lingering: return std::min(linger_until_, deadline_);
  }
  return kNever;
}

// When a client that sends its body has been too slow on average (G93); a stream may be as slow as it likes.
TimePoint Http1Session::body_deadline() const {
  if (exchange_->request_complete || kind() == SessionKind::stream) return kNever;
  return exchange_->body_rate.deadline(context_.settings.timeouts.min_body_rate, context_.settings.timeouts.slow_body);
}

void Http1Session::on_timer(TimePoint now) {
  const TimePoint due = next_deadline();
  if (now < due) return wake_at(due);
  switch (state_) {
    case State::between:
      if (kind() == SessionKind::idle) return let_go_if_idle(context_.leaving());
      if (context_.access_log) begin_entry(*pending_, nullptr);
      state_ = State::exchanging;
      refuse(408, "the request head took too long");
      return advance();
    case State::exchanging:
      if (client_->queued() > 0 && now < body_deadline()) return check_slow_client();
      if (leave_slow_child(now)) return;
      if (exchange_->upstream && exchange_->upstream->stream->connecting())
        upstream_broke("the server did not accept the connection in time");
      else if (!exchange_->request_complete && !exchange_->awaits_continue)
        refuse(408, "the request body took too long");
      else
        refuse(504, "the server did not answer in time");
      return advance();
    case State::tunnelling:
      if (tunnel_->websocket() != nullptr && !tunnel_->ending() && now >= tunnel_->websocket()->due()) return say_goodbye();
      if (context_.finishing && !tunnel_->ending() && now < deadline_) return end_tunnel();
      return retire();
    case State::lingering: return retire();
  }
}

// Nothing left the queue for a part of the send time. A slow client may still have taken bytes out of the kernel's buffer, which tells us of
// room only when half of it is free; one that takes nothing is reset, as only that frees what the kernel holds for it (G201).
void Http1Session::check_slow_client() {
  const std::uint64_t acknowledged = os::bytes_acknowledged(client_->fd());
  if (acknowledged > exchange_->acknowledged) {
    exchange_->acknowledged = acknowledged;
    exchange_->last_progress = context_.now();
  }
  exchange_->send_checked = context_.now();
  if (context_.now() < after(exchange_->last_progress, context_.settings.timeouts.send)) return wake_at(next_deadline());
  client_->reset();
  context_.count(proto::Counter::resets_sent);
  client_gone();
}

// `hurry`: somebody waits for its place, or for all to be gone.
void Http1Session::let_go_if_idle(bool hurry) {
  if (!client_->quiet()) {
    wake_at(context_.now() + kRecheck);
    return advance();
  }
  if (context_.ending()) context_.count(proto::Counter::idle_closed);
  begin_linger();
  if (retired() || !hurry) return;
  linger_until_ = std::min(linger_until_, context_.now() + idle_linger(*client_));
  wake_by(linger_until_);
}

void Http1Session::begin_linger() {
  state_ = State::lingering;
  end_entry();
  if (exchange_) context_.exchanges->put(std::move(exchange_));
  pending_.reset();
  client_->shutdown_write();
  set_kind(SessionKind::lingering);
  const LingerTimes times = linger_times(context_);
  deadline_ = after(context_.now(), times.quiet);
  linger_until_ = after(context_.now(), times.total);
  wake_by(deadline_);
  advance();
}

void Http1Session::linger() {
  const std::uint64_t before = client_->bytes_read();
  const bool closed = discard_input(*client_, context_);
  if (client_->bytes_read() != before) deadline_ = after(context_.now(), linger_times(context_).quiet);
  if (!closed && client_->readable()) return context_.loop.defer(*this);  // its share of this turn is used up, and no new edge will come
  // A client that closed its side may still be owed the end of an answer.
  if (closed && (client_->failed() || client_->aborted() || client_->queued() == 0)) retire();
}

// The client has closed or was reset: nobody waits for an answer any more.
void Http1Session::client_gone() {
  if (state_ == State::exchanging && !exchange_->response_complete) {
    context_.count(proto::Counter::aborted_by_client);
    exchange_->upstream.reset();  // cancels the work at the child
  }
  note(proto::AccessOutcome::client_gone);
  retire();
}

void Http1Session::pump_tunnel() {
  const std::uint64_t before = tunnel_->moved();
  const Tunnel::State tunnel = tunnel_->pump();
  if (tunnel_->moved() != before) {
    idle_since_ = context_.now();
    if (!tunnel_->ending()) deadline_ = kNever;  // a half-closed tunnel's time counts from the last byte (G26)
  }
  if (!tunnel_->ending() && tunnel_->goodbye_over()) return end_tunnel();
  switch (tunnel) {
    case Tunnel::State::open:
      if (context_.finishing) wake_by(next_deadline());
      return;
    case Tunnel::State::busy: return context_.loop.defer(*this);
    case Tunnel::State::broken:
      note(tunnel_->client().failed() ? proto::AccessOutcome::client_gone : proto::AccessOutcome::upstream_failed);
      return retire();
    case Tunnel::State::done: return retire();
    case Tunnel::State::half_closed: return await_fin(*tunnel_, deadline_);
  }
}

void Http1Session::end_tunnel_if_asked() {
  if (tunnel_->ending()) return;
  if (tunnel_->child_has_said_all()) return pump_tunnel();  // ends by itself when the client has it all
  if (context_.streams_ending) {
    WebSocketGoodbye* websocket = tunnel_->websocket();
    if (websocket == nullptr) return end_tunnel();
    if (!websocket->planned()) websocket->plan(context_.goodbye_spread.next(context_.now()));
    if (!websocket->begun() && websocket->due() <= context_.now()) return say_goodbye();
  }
  wake_by(next_deadline());
}

// The time of a WebSocket has come, or the time that its goodbye may take is over (G71, G72). Until then it is a stream that the child,
// which has to answer, is kept for.
void Http1Session::say_goodbye() {
  if (tunnel_->websocket()->begun()) return end_tunnel();
  context_.count(proto::Counter::streams_ended);
  tunnel_->say_goodbye();
  wake_by(next_deadline());
  pump_tunnel();
}

void Http1Session::end_tunnel() {
  const bool counted = tunnel_->websocket() != nullptr && tunnel_->websocket()->begun();
  if (!counted) context_.count(proto::Counter::streams_ended);
  note(proto::AccessOutcome::stream_ended);
  half_close(*tunnel_, deadline_);
  advance();
}

// An event stream ends without its last chunk: EventSource reconnects, to the next replica (G74). A long poll that was not answered
// yet can still be told.
void Http1Session::end_stream() {
  context_.count(proto::Counter::streams_ended);
  note(proto::AccessOutcome::stream_ended);
  exchange_->upstream.reset();
  if (!exchange_->head_sent) return refuse(503, "the server is shutting down");
  begin_linger();
}

void Http1Session::on_phase_change() {
  switch (state_) {
    case State::between:
      if (context_.ending_idle() || context_.finishing) wake_by(next_deadline());
      return;
    case State::exchanging:
      if (kind() != SessionKind::stream || !context_.streams_ending) return;
      end_stream();
      return advance();
    case State::tunnelling: return end_tunnel_if_asked();
    case State::lingering: {
      const TimePoint latest = after(context_.now(), linger_times(context_).total);
      if (context_.leaving() && latest < linger_until_) wake_by(linger_until_ = latest);
      return;
    }
  }
}

void Http1Session::drop() {
  if (kind() == SessionKind::finite) context_.count(proto::Counter::dropped_finite);
  if (kind() == SessionKind::stream) context_.count(proto::Counter::dropped_streams);
  if (kind() == SessionKind::finite || kind() == SessionKind::stream) {
    note(proto::AccessOutcome::dropped_at_deadline);
    context_.count(proto::Counter::resets_sent);
    tunnel_ ? tunnel_->reset() : client_->reset();
  }
  retire();
}

}  // namespace lastcall::proxy
