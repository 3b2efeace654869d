// What every session of a worker shares: settings, loop, scratch memory, counters, gauges and the phase as the supervisor last told
// it. One per worker process, outlives every session. Scratch is valid only within one callback: nothing is kept in it across turns.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "config/settings.h"
#include "core/idle_policy.h"
#include "core/phase.h"
#include "io/loop.h"
#include "io/poller.h"
#include "proto/counters_page.h"
#include "proto/forward_policy.h"
#include "proto/http1_request.h"
#include "proto/http_head.h"
#include "proto/request_id.h"
#include "proxy/goodbye_spread.h"
#include "proxy/session_list.h"

namespace lastcall::proxy {

class AccessLog;
class UpstreamPool;
class ExchangePool;
class WaitingRoom;
class Instances;

struct WorkerContext {
  WorkerContext(const config::Settings& settings_, io::Loop& loop_, io::Poller& poller_, proto::CountersPage& counters_,
                UniqueFd access_log_ = {});
  ~WorkerContext();

  // 128 KiB won among 16 to 256 KiB (docs/performance.md): one per worker, lent to whichever session reads.
  static constexpr std::size_t kReadBuffer = 128 * 1024;
  // 1 MiB per direction and turn: enough to stay efficient, short enough (0.2 ms) that nobody else waits noticeably.
  static constexpr int kReadsPerTurn = 8;

  static constexpr Duration kCensusEvery = seconds(1);

  std::span<char> read_buffer() { return {buffer.get(), kReadBuffer}; }
  void count(proto::Counter counter, std::uint64_t amount = 1) { counters.add(counter, amount); }
  TimePoint now() const { return loop.now(); }

  bool ending() const { return phase >= core::Phase::lame_duck; }  // answers say close (G46)
  bool leaving() const { return ending() || finishing; }  // nobody is waited for longer than is polite
  bool ending_idle() const { return phase >= core::Phase::ending_streams; }
  bool restarts() const { return settings.restart.mode != core::RestartMode::never; }
  bool child_serves() const;  // false: not yet, or never again

  const config::Settings& settings;
  io::Loop& loop;
  io::Poller& poller;
  proto::CountersPage& counters;
  proto::HttpLimits limits;  // before `exchanges`, which copies it
  std::unique_ptr<Instances> instances;       // outlives all that holds a lease
  std::unique_ptr<WaitingRoom> waiting_room;  // outlives the sessions, which hold places in it
  std::unique_ptr<AccessLog> access_log;  // null: off. Before the sessions, which write their lines at their end
  GoodbyeSpread goodbye_spread;
  std::unique_ptr<UpstreamPool> upstreams;  // likewise
  SessionList sessions;
  std::unique_ptr<ExchangePool> exchanges;

  core::Phase phase = core::Phase::starting;
  TimePoint drain_deadline = kNever;
  TimePoint ending_idle_since = kNever;  // when idle connections began to be let go
  TimePoint final_deadline = kNever;     // `finish`: whatever is left then is reset
  TimePoint closed_at_once{};            // when a connection was last closed without waiting for its client's FIN
  Duration census_every = kCensusEvery;  // while it serves
  core::IdlePolicy idle_policy;
  const proto::ForwardPolicy forward_policy;
  proto::RequestIds request_ids;
  bool stop_begun = false;      // T0 has come
  bool streams_ending = false;  // streams and tunnels get their goodbye
  bool finishing = false;       // the child is gone: flush and leave
  bool over_drain_deadline = false;

  // Scratch of one callback.
  std::unique_ptr<char[]> buffer;
  proto::RequestHead request_head;
  proto::ResponseHead response_head;
  std::vector<std::string_view> slices;
  std::string head_text;
};

}  // namespace lastcall::proxy
