#include "supervisor/counter_totals.h"

namespace lastcall::supervisor {

core::CounterTotals totals_of(const proto::CounterSums& sums) {
  using proto::Counter;
  core::CounterTotals totals;
  totals.requests = sums.get(Counter::requests);
  totals.connections = sums.get(Counter::connections_accepted);
  totals.finite_at_t0 = sums.get(Counter::in_flight_at_t0);
  totals.streams_at_t0 = sums.get(Counter::streams_at_t0);
  totals.idle_at_t0 = sums.get(Counter::idle_at_t0);
  totals.finished = sums.get(Counter::finished_after_t0);
  totals.dropped_finite = sums.get(Counter::dropped_finite);
  totals.dropped_streams = sums.get(Counter::dropped_streams);
  totals.idle_closed = sums.get(Counter::idle_closed);
  totals.streams_ended = sums.get(Counter::streams_ended);
  totals.ws_1001 = sums.get(Counter::ws_1001);
  totals.refused_503 = sums.get(Counter::refused_503);
  totals.swept = sums.get(Counter::swept_connections);
  totals.aborted_by_child = sums.get(Counter::aborted_by_upstream);
  totals.aborted_by_client = sums.get(Counter::aborted_by_client);
  totals.resets_sent = sums.get(Counter::resets_sent);
  return totals;
}

}  // namespace lastcall::supervisor
