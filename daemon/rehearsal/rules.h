// The rules of the judgement, one question each. Nothing: the question does not arise. Private to the judgement.
#pragma once

#include <optional>

#include "rehearsal/figures.h"
#include "rehearsal/findings.h"

namespace lastcall::rehearsal {

using MaybeFinding = std::optional<Finding>;

// What clients see.
MaybeFinding judge_readiness(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_traffic(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_keep_alive(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_requests(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_comparison(const Measurements& measured, const Expectations& expected);

// How the command ends.
MaybeFinding judge_stop_signal(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_stop_time(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_hooks(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_descendants(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_exit_code(const Measurements& measured, const Expectations& expected);
MaybeFinding judge_grace(const Measurements& measured, const Expectations& expected);

}  // namespace lastcall::rehearsal
