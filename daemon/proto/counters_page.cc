#include "proto/counters_page.h"

#include <algorithm>
#include <array>

namespace lastcall::proto {
namespace {

constexpr std::size_t kCount = static_cast<std::size_t>(Counter::count_);

constexpr std::array<std::string_view, kCount> kNames = {
    "connections_accepted",
    "connections_closed",
    "requests",
    "responses",
    "responses_with_close",
    "replies_400",
    "replies_408",
    "replies_4xx",
    "replies_502",
    "replies_503",
    "replies_504",
    "replies_5xx",
    "upstream_connects",
    "upstream_reused",
    "upstream_connect_failures",
    "upstream_retries",
    "upgrades",
    "idle_closed",
    "idle_evicted",
    "streams_ended",
    "ws_1001",
    "finished_after_t0",
    "in_flight_at_t0",
    "streams_at_t0",
    "idle_at_t0",
    "dropped_finite",
    "dropped_streams",
    "refused_503",
    "aborted_by_client",
    "aborted_by_upstream",
    "resets_sent",
    "swept_connections",
    "proxy_headers_refused",
    "access_log_dropped",
    "bytes_from_clients",
    "bytes_to_clients",
};
static_assert(!kNames.back().empty(), "a counter has no name");
static_assert(kNames[static_cast<std::size_t>(Counter::replies_5xx)] == "replies_5xx");
static_assert(kNames[static_cast<std::size_t>(Counter::idle_at_t0)] == "idle_at_t0");
static_assert(kNames[static_cast<std::size_t>(Counter::bytes_to_clients)] == "bytes_to_clients");
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "the page is shared between processes");

}  // namespace

std::string_view to_string(Counter counter) {
  const auto index = static_cast<std::size_t>(counter);
  return index < kCount ? kNames[index] : "unknown";
}

void CountersPage::observe_latency(std::int64_t us) {
  const auto count = [](std::atomic<std::uint64_t>& slot, std::uint64_t amount) {
    slot.store(slot.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  };
  const auto bound = std::ranges::lower_bound(kLatencyBounds, us);
  count(latency[bound - kLatencyBounds.begin()], 1);
  count(latency_sum_us, us > 0 ? static_cast<std::uint64_t>(us) : 0);
}

void CounterSums::add(const CountersPage& page) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += page.values[i].load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < latency.size(); ++i) latency[i] += page.latency[i].load(std::memory_order_relaxed);
  latency_sum_us += page.latency_sum_us.load(std::memory_order_relaxed);
}

}  // namespace lastcall::proto
