#include "proxy/census_reporter.h"

#include <algorithm>

#include "proxy/instances.h"
#include "proxy/session.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {

CensusReporter::CensusReporter(WorkerContext& context, Send send)
    : context_(context), send_(std::move(send)), timer_(context.loop, [this] { report_now(); }) {
  context_.sessions.on_change = [this](SessionKind from, SessionKind to) { on_change(from, to); };
  context_.instances->on_sealed_idle = [this] { context_.loop.defer(*this); };  // somebody waits for it
}

CensusReporter::~CensusReporter() { context_.instances->on_sealed_idle = nullptr; }

void CensusReporter::on_phase(std::uint64_t version) {
  phase_version_ = version;
  report_now();
}

void CensusReporter::on_change(SessionKind from, SessionKind to) {
  const auto crossed_zero = [&](SessionKind kind, std::uint64_t border) {
    return kind != SessionKind::lingering && context_.sessions.count(kind) == border;
  };
  // At the end of the turn: a request that came and went within it is no news.
  if (context_.ending() && (crossed_zero(from, 0) || crossed_zero(to, 1))) return context_.loop.defer(*this);
  if (!timer_.armed()) timer_.arm_after(context_.ending() ? Duration(milliseconds(50)) : context_.census_every);
}

std::uint64_t CensusReporter::oldest_ms() {
  if (!context_.ending()) return 0;  // walks all sessions: only for the progress line
  TimePoint oldest = context_.now();
  context_.sessions.for_each([&](Session& session) {
    if (session.kind() == SessionKind::finite) oldest = std::min(oldest, session.since());
  });
  return static_cast<std::uint64_t>(to_ms(context_.now() - oldest));
}

void CensusReporter::report_now() {
  timer_.disarm();
  proto::message::CensusReport census{};
  census.phase_version = phase_version_;
  const std::uint64_t finite = context_.sessions.count(SessionKind::finite);
  census.waiting = std::min(context_.waiting_room->size(), finite);
  census.finite = finite - census.waiting;
  census.streams = context_.sessions.count(SessionKind::stream);
  census.idle = context_.sessions.count(SessionKind::idle);
  census.oldest_ms = oldest_ms();
  context_.instances->report(census);
  send_(census);
}

}  // namespace lastcall::proxy
