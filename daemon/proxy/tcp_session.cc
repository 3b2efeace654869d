#include "proxy/tcp_session.h"

#include <algorithm>

#include "proxy/upstream_pool.h"

namespace lastcall::proxy {
namespace {

constexpr Duration kActive = seconds(2);  // decision 1: bytes within this make a session finite work

}  // namespace

TcpSession::TcpSession(WorkerContext& context, ClientConnection client)
    : Session(context, SessionKind::finite), client_(client.open(context.poller, *this)), last_traffic_(context.now()) {
  announcement_ = announcement(context.settings.forward.proxy_send, client, client_->fd());
  if (!context.access_log) return;
  peer_ = client.peer.host();
  entry_ = context.access_log->begin(context.now());
  entry_->in_flight = context.sessions.count(SessionKind::finite) + 1;  // itself: in the list in a moment
}

TcpSession::~TcpSession() {
  if (entry_) end_entry();
  if (!tunnel_) return;
  context_.count(proto::Counter::bytes_from_clients, tunnel_->client().bytes_read());
  context_.count(proto::Counter::bytes_to_clients, tunnel_->client().bytes_written());
}

void TcpSession::end_entry() {
  if (tunnel_ && tunnel_->client().failed()) note(proto::AccessOutcome::client_gone);
  entry_->note(proto::AccessOutcome::ok);
  entry_->received = tunnel_ ? tunnel_->client().bytes_read() : 0;
  context_.access_log->end(std::move(entry_), peer_, tunnel_ ? tunnel_->client().bytes_written() : 0, to_string(context_.phase));
}

void TcpSession::start() {
  connect(false);
}

void TcpSession::connect(bool admitted) {
  if (!context_.child_serves()) return turn_away();  // no in-band way to say "later": a plain close
  if (context_.waiting_room->must_wait(admitted)) return wait_for_child();
  auto upstream = context_.upstreams->acquire(*this, {.kind = kind(), .fresh_only = true});
  if (!upstream) return context_.instances->any_free() ? turn_away(proto::AccessOutcome::upstream_failed) : wait_for_child();
  if (entry_) entry_->asks(context_.now(), upstream.value());
  if (announcement_) upstream.value().stream->write(*announcement_);
  tunnel_ = std::make_unique<Tunnel>(context_, std::move(client_), std::move(upstream).value());
  connect_deadline_ = after(context_.now(), context_.settings.timeouts.upstream_connect);
  look_at_ = context_.instances->look_at(tunnel_->lease());
  wake_at(std::min({connect_deadline_, look_at_, context_.now() + kActive}));
  pump();
}

// Nothing is read meanwhile.
void TcpSession::wait_for_child() {
  if (!guest_) guest_ = std::make_unique<WaitingRoom::Guest>();
  wake_at(kNever);
  if (!context_.waiting_room->enter(*guest_, *this, false)) turn_away();
}

// Not a byte has moved: another instance, or the next child, will do as well.
void TcpSession::child_not_reached() {
  Instance* instance = tunnel_->lease().instance();
  if (instance == nullptr || tunnel_->upstream().ended()) return retire();  // its end has come, or the child has said all that it had to say
  const int error = tunnel_->upstream().error() != 0 ? tunnel_->upstream().error() : ETIMEDOUT;
  const bool somewhere_else = context_.instances->on_refused(*instance, error);
  if (tunnel_->client().failed() || tunnel_->client().aborted()) return retire();
  if (!somewhere_else) return turn_away(proto::AccessOutcome::upstream_failed);
  connect_elsewhere();
}

void TcpSession::on_instance_closed() {
  if (retired() || !tunnel_ || !may_move() || !context_.instances->better_elsewhere(tunnel_->lease())) return;
  connect_elsewhere();
}

// Nothing was sent yet, to either side.
bool TcpSession::may_move() const { return tunnel_->upstream().connecting() && !tunnel_->ending(); }

void TcpSession::connect_elsewhere() {
  client_ = tunnel_->give_back_client();
  tunnel_.reset();
  connect(false);
}

void TcpSession::turn_away(proto::AccessOutcome why) {
  note(why);
  retire();
}

void TcpSession::on_stream(io::Stream& stream) {
  if (retired()) return;
  if (tunnel_) {
    if (&stream == &tunnel_->upstream() && !stream.connecting() && !stream.failed()) {
      context_.instances->on_connected(tunnel_->lease());
      if (entry_) entry_->connects(context_.now());
    }
    return pump();
  }
  if (!client_->failed() && !client_->aborted()) return;
  note(proto::AccessOutcome::client_gone);  // it waited for too long
  retire();
}

void TcpSession::pump() {
  if (retired()) return;
  const Tunnel::State state = tunnel_->pump();
  note_traffic();
  switch (state) {
    case Tunnel::State::busy: context_.loop.defer(*this); break;
    case Tunnel::State::open:
      if (context_.finishing) end_if_quiet();  // its queue may have been all that kept it
      break;
    case Tunnel::State::half_closed: await_fin(*tunnel_, fin_deadline_); break;
    case Tunnel::State::done: retire(); break;
    case Tunnel::State::broken: {
      const io::Stream& upstream = tunnel_->upstream();
      if (upstream.failed() && upstream.bytes_read() + upstream.bytes_written() == 0) return child_not_reached();
      if (upstream.failed()) note(proto::AccessOutcome::upstream_failed);
      retire();
      break;
    }
  }
}

void TcpSession::note_traffic() {
  const std::uint64_t moved = tunnel_->moved();
  if (moved == moved_) return;
  moved_ = moved;
  if (entry_ && tunnel_->upstream().bytes_read() > 0) entry_->hears(context_.now());
  last_traffic_ = context_.now();
  if (kind() == SessionKind::stream) set_kind(SessionKind::finite);
  if (!tunnel_->ending()) fin_deadline_ = kNever;  // its time counts from the last byte (G26)
  wake_by(last_traffic_ + kActive);
}

void TcpSession::on_timer(TimePoint now) {
  if (!tunnel_) return;  // the waiting room has its own timer
  if (tunnel_->upstream().connecting() && now >= connect_deadline_) return child_not_reached();
  if (may_move() && now >= look_at_) {
    look_at_ = now + Instances::kLookAgain;
    if (context_.instances->leave_slow(tunnel_->lease(), tunnel_->upstream().fd())) return connect_elsewhere();
  }
  if (now >= fin_deadline_ || now >= after(last_traffic_, context_.settings.timeouts.tunnel_idle)) return retire();
  TimePoint next = std::min(fin_deadline_, after(last_traffic_, context_.settings.timeouts.tunnel_idle));
  if (tunnel_->upstream().connecting()) next = std::min(next, connect_deadline_);
  if (may_move()) next = std::min(next, look_at_);
  if (now - last_traffic_ >= kActive) {
    if (kind() == SessionKind::finite) set_kind(SessionKind::stream);
    end_if_quiet();
  } else {
    next = std::min(next, last_traffic_ + kActive);
  }
  if (!retired()) wake_by(next);
}

void TcpSession::end_if_quiet() {
  // Finite sessions keep the whole drain; quiet ones go as soon as nobody new is served.
  const bool quiet =
      kind() == SessionKind::stream && (context_.streams_ending || context_.finishing || context_.phase >= core::Phase::draining);
  const bool overdue = kind() == SessionKind::finite && context_.over_drain_deadline;
  if (!(quiet || overdue) || tunnel_->ending()) return;
  // What the child sent before it ended is flushed first, slowly if need be; the last deadline is the limit.
  if (tunnel_->child_has_said_all() || (context_.finishing && tunnel_->client().queued() > 0)) return;
  context_.count(kind() == SessionKind::finite ? proto::Counter::dropped_finite : proto::Counter::streams_ended);
  note(kind() == SessionKind::finite ? proto::AccessOutcome::dropped_at_deadline : proto::AccessOutcome::stream_ended);
  half_close(*tunnel_, fin_deadline_);
  pump();
}

void TcpSession::on_phase_change() {
  if (!tunnel_) return;
  // The quiet timer may be far away for a session that is already a stream.
  end_if_quiet();
  if (!retired()) pump();
}

void TcpSession::drop() {
  if (kind() != SessionKind::lingering) {
    context_.count(kind() == SessionKind::finite ? proto::Counter::dropped_finite : proto::Counter::dropped_streams);
    context_.count(proto::Counter::resets_sent);
    note(proto::AccessOutcome::dropped_at_deadline);
    if (tunnel_) tunnel_->reset();
  }
  retire();
}

}  // namespace lastcall::proxy
