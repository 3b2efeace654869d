#include "proxy/proxy_header_session.h"

#include <algorithm>

#include "base/log.h"

namespace lastcall::proxy {
namespace {

constexpr Duration kComplainEvery = seconds(1);

// The versions are told apart by their first byte.
const char* version_fault(config::ProxyAccept accepted, std::string_view data) {
  const bool v1 = data.front() == 'P', v2 = data.front() == '\r';
  if (accepted == config::ProxyAccept::v1 && v2) return "a PROXY header of version 2, but only v1 is accepted";
  if (accepted == config::ProxyAccept::v2 && v1) return "a PROXY header of version 1, but only v2 is accepted";
  return nullptr;
}

}  // namespace

ProxyHeaderSession::ProxyHeaderSession(WorkerContext& context, UniqueFd socket, const Address& peer, ProxyHeaderPolicy& policy)
    : Session(context, SessionKind::idle), policy_(policy), peer_(peer), opened_(context.now()) {
  client_ = ClientConnection{.socket = std::move(socket)}.open(context.poller, *this);
}

void ProxyHeaderSession::start() {
  wake_at(next_deadline());
  look();
}

void ProxyHeaderSession::look() {
  if (retired() || !client_->readable()) return;
  const auto seen = client_->peek(context_.read_buffer().first(proto::kMaxProxyHeader));
  if (seen.what == io::Stream::Read::would_block) return;
  if (seen.what != io::Stream::Read::data) return retire();  // a health check that only connects
  set_kind(SessionKind::finite);                             // a request follows at once
  judge({context_.buffer.get(), seen.size});
}

void ProxyHeaderSession::judge(std::string_view data) {
  if (const char* fault = version_fault(context_.settings.forward.proxy_accept, data)) return refuse(fault);
  proto::ProxyHeader header;
  const proto::ProxyStep step = proto::parse_proxy_header(data, header);
  switch (step.what) {
    case proto::ProxyStep::What::done: return hand_over(header, step.consumed);
    case proto::ProxyStep::What::invalid: return refuse(step.why);
    case proto::ProxyStep::What::need_more:
      if (client_->peer_closed()) return retire();  // nothing follows that could complete it
      return wake_by(next_deadline());
  }
}

void ProxyHeaderSession::hand_over(const proto::ProxyHeader& header, std::size_t size) {
  const auto taken = client_->read(context_.read_buffer().first(size));
  if (taken.what != io::Stream::Read::data || taken.size != size) return retire();  // reset in this very moment
  ClientConnection connection{.stream = std::move(client_), .peer = header.has_endpoints ? header.client : peer_};
  if (header.has_endpoints) {
    connection.server = header.server;
    // Who forwards bytes does not write X-Forwarded-For: whether that is believed is decided by the client that was announced.
    connection.trusted = is_trusted(context_.settings.forward, header.client);
  }
  handed_over_ = true;
  retire();
  policy_.on_client(std::move(connection));
}

// The specification has no answer for it, and an HTTP answer would be a guess (G121).
void ProxyHeaderSession::refuse(const char* why) {
  context_.count(proto::Counter::proxy_headers_refused);
  if (context_.now() >= policy_.next_complaint) {
    policy_.next_complaint = context_.now() + kComplainEvery;
    log_warn("proxy_header_refused")("peer", peer_.to_string())("why", why);
  }
  retire();
}

TimePoint ProxyHeaderSession::next_deadline() const {
  const TimePoint due = after(opened_, context_.settings.timeouts.proxy_header);
  if (kind() != SessionKind::idle) return due;
  if (context_.finishing) return context_.now();
  if (!context_.ending_idle()) return due;
  return std::min(due, context_.idle_policy.close_at(opened_, Duration::zero(), context_.ending_idle_since, context_.drain_deadline));
}

void ProxyHeaderSession::on_timer(TimePoint now) {
  if (const TimePoint due = next_deadline(); now < due) return wake_at(due);
  if (kind() == SessionKind::idle && !client_->quiet()) return look();  // it has just come, before its event
  if (kind() != SessionKind::idle) return refuse("it was not complete in time");
  if (context_.ending()) context_.count(proto::Counter::idle_closed);
  retire();
}

void ProxyHeaderSession::on_phase_change() {
  if (kind() == SessionKind::idle) wake_by(next_deadline());
}

void ProxyHeaderSession::drop() {
  if (kind() == SessionKind::finite) {
    context_.count(proto::Counter::dropped_finite);
    context_.count(proto::Counter::resets_sent);
    client_->reset();
  }
  retire();
}

}  // namespace lastcall::proxy
