// From the workers' counter pages to the sums of the record. The numbers are untrusted: added up and shown, never used as a length or an
// offset, never a reason to change phase (docs/design.md 1.1). Pure; supervisor process only.
#pragma once

#include "core/shutdown_record.h"
#include "proto/counters_page.h"

namespace lastcall::supervisor {

core::CounterTotals totals_of(const proto::CounterSums& sums);

}  // namespace lastcall::supervisor
