#include "proxy/worker_context.h"

#include <fmt/format.h>

#include <random>

#include "proxy/access_log.h"
#include "proxy/exchange.h"
#include "proxy/instances.h"
#include "proxy/upstream_pool.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {
namespace {

std::uint64_t random_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

proto::HttpLimits limits_of(const config::Settings& settings) {
  proto::HttpLimits limits;
  limits.body = settings.forward.max_body;
  return limits;
}

proto::ForwardPolicy policy_of(const config::ForwardSettings& settings) {
  return {.x_forwarded = settings.style != config::ForwardedStyle::forwarded,
          .forwarded = settings.style != config::ForwardedStyle::x_forwarded,
          .via = settings.via,
          // By this a request that comes round to us again is known, so no other lastcall may have the same (G67).
          .pseudonym = fmt::format("lastcall-{:016x}", random_number()),
          .upgrades = settings.upgrades,
          .request_id = settings.request_id};
}

}  // namespace

WorkerContext::WorkerContext(const config::Settings& settings_, io::Loop& loop_, io::Poller& poller_, proto::CountersPage& counters_,
                             UniqueFd access_log_)
    : settings(settings_),
      loop(loop_),
      poller(poller_),
      counters(counters_),
      limits(limits_of(settings_)),
      instances(std::make_unique<Instances>(*this)),
      waiting_room(std::make_unique<WaitingRoom>(*this)),
      access_log(access_log_ ? std::make_unique<AccessLog>(loop_, counters_, settings_.access_log, std::move(access_log_)) : nullptr),
      upstreams(std::make_unique<UpstreamPool>(*this)),
      sessions(loop_),
      exchanges(std::make_unique<ExchangePool>(limits)),
      forward_policy(policy_of(settings_.forward)),
      request_ids(random_number(), random_number()),
      buffer(std::make_unique<char[]>(kReadBuffer)) {
  idle_policy.linger = settings.timeouts.idle_linger;
  slices.reserve(64);
}

WorkerContext::~WorkerContext() = default;

bool WorkerContext::child_serves() const { return phase != core::Phase::starting && (!ending() || instances->expected()); }

}  // namespace lastcall::proxy
