#include <algorithm>
#include <cstdio>

#include "base/log.h"
#include "config/load.h"
#include "os/log_writer.h"
#include "os/memfd.h"
#include "os/resource_limits.h"
#include "proto/worker_descriptors.h"
#include "proxy/upstream_pool.h"
#include "proxy/worker.h"

namespace lastcall::proxy {
namespace {

constexpr std::size_t kMaxSettings = 1024 * 1024;
// Listeners, channel, epoll, pages, the log, and what libuv keeps.
constexpr std::uint64_t kReservedDescriptors = 64;

// G15: two descriptors a connection, ours and the child's side.
std::uint32_t allowed_connections(const config::Settings& settings) {
  const std::uint64_t limit = os::open_file_limit();
  const std::uint64_t room = limit > 2 * kReservedDescriptors ? (limit - kReservedDescriptors) / 2 : limit / 4;
  const auto possible = static_cast<std::uint32_t>(std::min<std::uint64_t>(room, 1U << 24));
  return settings.max_connections == 0 ? possible : std::min(settings.max_connections, possible);
}

Result<config::Settings> read_settings() {
  const UniqueFd memfd(proto::kSettingsFd);
  return config::load_text(TRY(os::read_all(memfd.get(), kMaxSettings)));
}

Result<int> serve(Duration census_every) {
  config::Settings settings = TRY(read_settings());
  settings.max_connections = allowed_connections(settings);
  os::open_log_writer();
  configure_log({.level = settings.log_level, .format = settings.log_format, .color = false, .process = "worker", .writer = os::write_log});

  const UniqueFd counters_fd(proto::kCountersFd);
  os::Mapping page = TRY(os::Mapping::map(counters_fd.get(), proto::CountersPage::kSize, os::Mapping::Access::writable));
  std::vector<UniqueFd> listeners;
  for (std::size_t i = 0; i < settings.listen.size(); ++i) listeners.emplace_back(proto::kFirstListenerFd + static_cast<int>(i));

  UniqueFd access_log;
  if (settings.access_log != config::AccessLogFormat::off) access_log.reset(proto::access_log_fd(listeners.size()));

  io::Loop loop;
  const auto poller = TRY(io::Poller::open(loop));
  WorkerContext context(settings, loop, *poller, *static_cast<proto::CountersPage*>(page.data()), std::move(access_log));
  context.census_every = census_every;
  Worker worker(context, UniqueFd(proto::kChannelFd), std::move(listeners));
  loop.run();
  return worker.exit_code();
}

}  // namespace

int run_worker(Duration census_every) {
  const auto result = serve(census_every);
  if (result) return result.value();
  std::fprintf(stderr, "lastcall worker: %s\n", result.error().message.c_str());
  return 70;
}

}  // namespace lastcall::proxy
