#include "proxy/worker_context.h"

#include <cstdio>
#include <random>

#include "proxy/exchange.h"
#include "proxy/upstream_pool.h"

namespace lastcall::proxy {
namespace {

// By this a request that comes round to us again is known, so no other lastcall may have the same (G67).
std::string make_pseudonym() {
  std::random_device random;
  char name[32];
  std::snprintf(name, sizeof name, "lastcall-%08x%08x", random(), random());
  return name;
}

}  // namespace

WorkerContext::WorkerContext(const config::Settings& settings_, io::Loop& loop_, io::Poller& poller_, proto::CountersPage& counters_)
    : settings(settings_),
      loop(loop_),
      poller(poller_),
      counters(counters_),
      sessions(loop_),
      upstreams(std::make_unique<UpstreamPool>(*this)),
      exchanges(std::make_unique<ExchangePool>(limits)),
      buffer(std::make_unique<char[]>(kReadBuffer)) {
  idle_policy.linger = settings.timeouts.idle_linger;
  forward_policy.pseudonym = make_pseudonym();
  slices.reserve(64);
}

WorkerContext::~WorkerContext() = default;

}  // namespace lastcall::proxy
