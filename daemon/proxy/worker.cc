#include "proxy/worker.h"

#include <algorithm>
#include <variant>

#include "base/log.h"
#include "os/log_writer.h"
#include "os/memfd.h"
#include "os/socket.h"
#include "proxy/access_log.h"
#include "proxy/connection_lister.h"
#include "proxy/http1_session.h"
#include "proxy/tcp_session.h"
#include "proxy/upstream_pool.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {
namespace {

using proto::Counter;
namespace message = proto::message;

// What idle clients get at least at the end (proxy/linger.h).
constexpr Duration kSettled = milliseconds(250);

TimePoint time_point(std::int64_t ns) { return TimePoint(Duration(ns)); }

}  // namespace

Worker::Worker(WorkerContext& context, UniqueFd channel, std::vector<UniqueFd> listeners)
    : context_(context),
      listeners_(context, std::move(listeners), [this](UniqueFd socket, const Address& peer) { open_session(std::move(socket), peer); }),
      channel_(context.loop, std::move(channel), *this),
      census_(context, [this](const message::CensusReport& census) { send(census, message::CensusReport::kType); }),
      final_deadline_(context.loop, [this] { context_.sessions.for_each([](Session& session) { session.drop(); }); }),
      settle_(context.loop, [this] { check_finished(); }),
      limit_(context, [this] { return listeners_.somebody_waits(); }),
      proxy_headers_{.on_client = [this](ClientConnection client) { serve(std::move(client)); }} {
  context_.sessions.on_retired = [this] {
    listeners_.on_descriptor_freed();
    update_accepting();
    check_finished();
  };
  context_.instances->on_failed = [this](std::uint32_t id, int error) { send(message::UpstreamFailed{id, error}); };
  message::Hello hello{};
  const std::string_view build = proto::build_id();
  std::copy_n(build.data(), std::min(build.size(), hello.build.size()), hello.build.data());
  send(hello);
}

Worker::~Worker() {
  context_.sessions.on_retired = nullptr;
  context_.instances->on_failed = nullptr;
  context_.sessions.on_change = nullptr;
}

template <class Body>
void Worker::send(const Body& body, std::uint32_t key) {
  const std::string bytes = proto::encode(body, ++sent_);
  // A supervisor that reads nothing is gone or hung; without one a worker has no reason to live.
  if (!channel_.send(bytes, key)) leave(70);
}

void Worker::leave(int code) {
  if (!left_) exit_code_ = code;  // the first reason counts
  left_ = true;
  context_.loop.stop();
}

void Worker::on_channel_closed() { leave(0); }

void Worker::on_channel_message(std::span<const char> bytes, std::vector<UniqueFd> descriptors) {
  const auto decoded = proto::decode_to_worker(bytes);
  if (!decoded) return leave(70);
  std::visit(
      [&](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, message::TakeConnection>) {
          if (!descriptors.empty()) take_connection(std::move(descriptors.front()));
        } else if constexpr (std::is_same_v<Body, message::List>) {
          if (!descriptors.empty()) list(body.number, descriptors.front());
        } else if constexpr (std::is_same_v<Body, message::ReopenLog>) {
          if (!descriptors.empty()) reopen(body, std::move(descriptors.front()));
        } else {
          handle(body);
        }
      },
      *decoded);
}

void Worker::handle(const message::Upstreams& upstreams) {
  context_.instances->update(upstreams);
  move_connecting();
  context_.waiting_room->on_upstreams();
  update_accepting();
}

void Worker::handle(const message::PhaseChange& change) {
  context_.phase = static_cast<core::Phase>(change.phase);
  context_.drain_deadline = time_point(change.drain);
  // A drain by hand is no stop, and may be taken back.
  if (time_point(change.t0) != kNever && !context_.stop_begun) {
    context_.stop_begun = true;
    context_.count(Counter::in_flight_at_t0, context_.sessions.count(SessionKind::finite));
    context_.count(Counter::streams_at_t0, context_.sessions.count(SessionKind::stream));
    context_.count(Counter::idle_at_t0, context_.sessions.count(SessionKind::idle));
  }
  if (context_.ending_idle() && context_.ending_idle_since == kNever) context_.ending_idle_since = context_.now();
  if (!context_.ending()) context_.ending_idle_since = kNever;
  update_accepting();
  tell_sessions();
  context_.waiting_room->on_change();  // who is sealed will not be ready again
  send(message::Ack{change.version}, message::Ack::kType);
  census_.on_phase(change.version);
}

void Worker::handle(const message::StopAccepting& stop) {
  listeners_.close(stop.take_queue != 0, [this](std::uint64_t swept) {
    context_.count(Counter::swept_connections, swept);
    // The census goes first: the connections just taken must be known before anybody concludes that nothing is left.
    census_.report_now();
    send(message::StoppedAccepting{swept});
  });
}

void Worker::handle(const message::EndStreams& end) {
  context_.streams_ending = true;
  context_.goodbye_spread.start(context_.now(), time_point(end.deadline));
  tell_sessions();
}

void Worker::handle(const message::Seal& seal) {
  context_.instances->seal(seal.instance);
  move_connecting();  // before it is counted what runs there
  context_.waiting_room->on_change();
  update_accepting();
  send(message::Sealed{seal.instance, 0});
  census_.report_now();
}

void Worker::handle(const message::Finish& finish) {
  context_.finishing = true;
  context_.final_deadline = time_point(finish.deadline);
  context_.instances->close();
  context_.waiting_room->on_change();
  final_deadline_.arm_at(context_.final_deadline);
  tell_sessions();
  check_finished();
}

void Worker::handle(const message::DropFinite&) {
  context_.over_drain_deadline = true;
  tell_sessions();
}

void Worker::handle(const message::SetLogLevel& level) { set_log_level(static_cast<LogLevel>(level.level)); }

void Worker::handle(const message::Ping& ping) { send(message::Pong{ping.number}, message::Pong::kType); }

// Memory that can't be mapped is not answered: the supervisor goes on without it.
void Worker::list(std::uint64_t number, const UniqueFd& memory) {
  auto page = os::Mapping::map(memory.get(), sizeof(proto::ConnectionPage), os::Mapping::Access::writable);
  if (!page) return;
  list_connections(context_, *static_cast<proto::ConnectionPage*>(page.value().data()));
  send(message::Listed{number});
}

void Worker::reopen(const message::ReopenLog& log, UniqueFd file) {
  if (log.which == message::ReopenLog::own)
    os::reopen_log_writer(file.get());
  else if (context_.access_log)
    context_.access_log->reopen(std::move(file));
  send(message::LogReopened{log.number});
}

void Worker::take_connection(UniqueFd socket) {
  auto peer = os::peer_address(socket.get());
  if (!peer) return;  // gone while it was handed over
  context_.count(Counter::swept_connections);
  open_session(std::move(socket), peer.value());
}

void Worker::open_session(UniqueFd socket, const Address& peer) {
  context_.count(Counter::connections_accepted);
  const config::ForwardSettings& forward = context_.settings.forward;
  const bool trusted = is_trusted(forward, peer);
  if (trusted && forward.proxy_accept != config::ProxyAccept::off)
    start_session(std::make_unique<ProxyHeaderSession>(context_, std::move(socket), peer, proxy_headers_));
  else
    serve({.socket = std::move(socket), .peer = peer, .trusted = trusted});
}

void Worker::serve(ClientConnection client) {
  if (context_.settings.tcp)
    start_session(std::make_unique<TcpSession>(context_, std::move(client)));
  else
    start_session(std::make_unique<Http1Session>(context_, std::move(client)));
}

void Worker::start_session(std::unique_ptr<Session> session) {
  Session& opened = *session;
  context_.sessions.add(std::move(session));
  opened.start();
  update_accepting();
}

void Worker::update_accepting() {
  // What has queued up at the end is taken whatever the limits say: the alternative is a reset (G1).
  if (listeners_.closing()) return limit_.set_full(false);
  const bool room = limit_.room();
  // Before the first child is ready clients wait in the kernel's queue, without a limit of ours; between two children in the waiting room.
  // While the service ends who comes before the listener closes gets an answer, if only a 503.
  const bool serving = context_.phase != core::Phase::starting && (context_.instances->expected() || (context_.ending() && accepting_));
  const bool accept = room && serving;
  limit_.set_full(serving && !room);
  if (accept == accepting_) return;
  accepting_ = accept;
  accept ? listeners_.start() : listeners_.pause();
}

void Worker::tell_sessions() {
  context_.sessions.for_each([](Session& session) { session.on_phase_change(); });
}

void Worker::move_connecting() {
  context_.sessions.for_each([](Session& session) { session.on_instance_closed(); });
}

void Worker::check_finished() {
  if (!context_.finishing || finished_ || !context_.sessions.empty()) return;
  // Where a network namespace ends with us, so does what its kernel has not sent yet.
  const TimePoint settled = std::min(context_.closed_at_once + kSettled, context_.final_deadline);
  if (context_.now() < settled) return settle_.arm_at(settled);
  finished_ = true;
  send(message::Finished{});
  if (channel_.queued() == 0) leave(0);
}

}  // namespace lastcall::proxy
