#include "supervisor/counter_totals.h"

namespace lastcall::supervisor {

void add(core::CounterTotals& totals, const proto::CountersPage& page) {
  using proto::Counter;
  totals.requests += page.get(Counter::requests);
  totals.connections += page.get(Counter::connections_accepted);
  totals.finite_at_t0 += page.get(Counter::in_flight_at_t0);
  totals.streams_at_t0 += page.get(Counter::streams_at_t0);
  totals.idle_at_t0 += page.get(Counter::idle_at_t0);
  totals.finished += page.get(Counter::finished_after_t0);
  totals.dropped_finite += page.get(Counter::dropped_finite);
  totals.dropped_streams += page.get(Counter::dropped_streams);
  totals.idle_closed += page.get(Counter::idle_closed);
  totals.streams_ended += page.get(Counter::streams_ended);
  totals.ws_1001 += page.get(Counter::ws_1001);
  totals.refused_503 += page.get(Counter::refused_503);
  totals.swept += page.get(Counter::swept_connections);
  totals.aborted_by_child += page.get(Counter::aborted_by_upstream);
  totals.aborted_by_client += page.get(Counter::aborted_by_client);
  totals.resets_sent += page.get(Counter::resets_sent);
}

}  // namespace lastcall::supervisor
