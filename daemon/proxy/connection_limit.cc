#include "proxy/connection_limit.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "proxy/session.h"

namespace lastcall::proxy {
namespace {

// Whoever has just been answered is likely to ask again (decision 27).
constexpr Duration kIdleLongEnough = seconds(1);
constexpr Duration kLookEvery = milliseconds(200);
// So many at once that looking for them among all is worth it, and so few that most who are idle stay.
constexpr std::size_t kShare = 32;
constexpr Duration kComplainEvery = seconds(10);

}  // namespace

ConnectionLimit::ConnectionLimit(WorkerContext& context, std::function<bool()> somebody_waits)
    : context_(context),
      somebody_waits_(std::move(somebody_waits)),
      most_(context.settings.max_connections),
      look_again_(context.loop, [this] { make_room(); }) {}

void ConnectionLimit::set_full(bool full) {
  if (!full) return look_again_.disarm();
  if (!look_again_.armed()) look_again_.arm_after(kLookEvery);
}

void ConnectionLimit::make_room() {
  look_again_.arm_after(kLookEvery);
  const std::size_t wanted = std::max<std::size_t>(1, most_ / kShare);
  const std::size_t leaving = context_.sessions.count(SessionKind::lingering);
  if (leaving >= wanted || !somebody_waits_()) return;
  const std::size_t count = let_go(wanted - leaving);
  if (context_.now() < next_complaint_) return;
  next_complaint_ = context_.now() + kComplainEvery;
  log_warn("connections_full")("max_connections", most_)("idle_closed", count);
}

std::size_t ConnectionLimit::let_go(std::size_t count) {
  const TimePoint latest = context_.now() - kIdleLongEnough;
  std::vector<Session*> idle;
  context_.sessions.for_each([&](Session& session) {
    if (session.idle_since() <= latest) idle.push_back(&session);
  });
  if (count < idle.size()) {
    std::ranges::nth_element(idle, idle.begin() + static_cast<std::ptrdiff_t>(count), {}, [](const Session* each) { return each->idle_since(); });
    idle.resize(count);
  }
  for (Session* session : idle) session->let_go();
  context_.count(proto::Counter::idle_evicted, idle.size());
  return idle.size();
}

}  // namespace lastcall::proxy
