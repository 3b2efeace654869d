// Measurements in, findings out: the whole judgement of a rehearsal. Pure: no clock, no process, no terminal; each rule is a function of
// its own and tested case by case.
#pragma once

#include "rehearsal/figures.h"
#include "rehearsal/findings.h"

namespace lastcall::rehearsal {

Judgement judge(const Measurements& measured, const Expectations& expected);

}  // namespace lastcall::rehearsal
