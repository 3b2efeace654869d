// `lastcall rehearse [its options] [options of a start] -- command`: its own options are taken out, the rest is judged as the start that it
// is, with the platform that is played in place of the one that we are on. Pure, as command_line.
#pragma once

#include "app/command_line.h"

namespace lastcall::app {

// `arguments` begin with "rehearse".
CommandLine parse_rehearsal(const std::vector<std::string>& arguments, const config::Environment& environment, const ProcessFacts& facts);

}  // namespace lastcall::app
