// The shared counters of one worker: fixed u64 slots in a memfd whose size is sealed; the worker writes, the supervisor maps it
// read-only and folds it into its totals when the worker ends (docs/design.md 1.1). Untrusted numbers for the supervisor: never
// lengths or offsets, never a reason to change phase. Relaxed atomics, one writer per slot.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastcall::proto {

enum class Counter : std::uint32_t {
  connections_accepted,
  connections_closed,
  requests,                 // heads read completely
  responses,                // answered completely, ours included
  responses_with_close,
  replies_400, replies_408, replies_4xx, replies_502, replies_503, replies_504, replies_5xx,
  upstream_connects,
  upstream_reused,
  upstream_connect_failures,
  upstream_retries,
  upgrades,
  idle_closed,              // keep-alive connections let go while ending
  idle_evicted,             // keep-alive connections let go because others waited for their place (G62)
  streams_ended,            // streams and tunnels ended by policy: no drop (decision 7)
  ws_1001,                  // WebSockets among them whose client got a Close 1001 from us (G72)
  finished_after_t0,        // requests in flight at T0 or later that were answered completely
  in_flight_at_t0,          // finite requests when the worker heard of T0
  streams_at_t0,
  idle_at_t0,
  dropped_finite,           // at a deadline
  dropped_streams,          // at the last deadline, by reset
  refused_503,              // late requests answered 503
  aborted_by_client,
  aborted_by_upstream,      // the child ended before its answer was complete (G57)
  resets_sent,
  swept_connections,
  proxy_headers_refused,    // connections of trusted peers without a valid PROXY header (G121)
  access_log_dropped,       // lines
  bytes_from_clients,
  bytes_to_clients,
  count_
};

std::string_view to_string(Counter counter);

// Upper bounds in microseconds; the last bucket has none. From a cache's answer to a report that somebody waits for.
inline constexpr std::array<std::int64_t, 14> kLatencyBounds = {1'000,   2'500,     5'000,     10'000,    25'000,     50'000,     100'000,
                                                                250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000};
inline constexpr std::size_t kLatencyBuckets = kLatencyBounds.size() + 1;

struct CountersPage {
  static constexpr std::size_t kSize = 64 * 1024;
  std::atomic<std::uint64_t> values[static_cast<std::size_t>(Counter::count_)];

  void add(Counter counter, std::uint64_t amount = 1) {
    auto& slot = values[static_cast<std::size_t>(counter)];
    slot.store(slot.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);  // one writer: no locked instruction
  }
  std::uint64_t get(Counter counter) const { return values[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed); }

  // How long answers of the child took, from the request's first byte to the answer's last.
  std::atomic<std::uint64_t> latency[kLatencyBuckets];  // each alone, not cumulated
  std::atomic<std::uint64_t> latency_sum_us;
  void observe_latency(std::int64_t us);
};
static_assert(sizeof(CountersPage) <= CountersPage::kSize);

// What pages say, added up.
struct CounterSums {
  std::array<std::uint64_t, static_cast<std::size_t>(Counter::count_)> values{};
  std::array<std::uint64_t, kLatencyBuckets> latency{};
  std::uint64_t latency_sum_us = 0;

  std::uint64_t get(Counter counter) const { return values[static_cast<std::size_t>(counter)]; }
  void add(const CountersPage& page);
};

}  // namespace lastcall::proto
