// The result for people: a line for each finding with a tick, a mark or a cross, what to do below it, the phases of the stop, and the
// verdict. Pure text; the caller knows whether the reader sees colours.
#pragma once

#include <string>

#include "rehearsal/rehearsal.h"

namespace lastcall::rehearsal {

std::string render_text(const Outcome& outcome, const std::vector<std::string>& command, bool color);

}  // namespace lastcall::rehearsal
