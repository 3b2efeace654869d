// `lastcall --help-signals`: every signal and what it does with these settings. Shows what config/signal_rules decides, so that the table
// and the behaviour can't differ. Pure.
#pragma once

#include <string>

#include "config/settings.h"

namespace lastcall::app {

std::string signal_help(const config::Settings& settings);

}  // namespace lastcall::app
