#include "proxy/worker_context.h"

#include "proxy/exchange.h"
#include "proxy/upstream_pool.h"

namespace lastcall::proxy {

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
  slices.reserve(64);
}

WorkerContext::~WorkerContext() = default;

}  // namespace lastcall::proxy
