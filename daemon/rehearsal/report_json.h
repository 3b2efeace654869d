// The result for machines, as docs/rehearse.schema.json describes it: verdicts, sentences and every figure behind them. Pure text.
#pragma once

#include <string>

#include "rehearsal/rehearsal.h"

namespace lastcall::rehearsal {

std::string render_json(const Outcome& outcome, const std::vector<std::string>& command);

}  // namespace lastcall::rehearsal
