// Rules over several options at once: what each option accepts alone, the option table has checked already. Reports every broken rule at
// the place of the option that has to change. Pure; never repairs anything.
#pragma once

#include "config/assignment.h"
#include "config/diagnostics.h"
#include "config/settings.h"

namespace lastcall::config {

// Combinations that can't be meant: true mistakes whatever else is wrong.
Diagnostics validate(const Settings& settings, const Origins& origins);

// Whether the parts fit into the grace. Only worth asking when everything else is right: an unread `grace` makes every part too long.
Diagnostics validate_budget(const Settings& settings, const Origins& origins);

}  // namespace lastcall::config
