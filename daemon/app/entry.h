// The first code of every process of ours: supervisor, worker, and the subcommands. Blocks the stop signals before anything else
// (G39, P27), records what was inherited, then hands over to the role that argv names.
#pragma once

namespace lastcall::app {

int run(int argc, char** argv);  // the exit status

}  // namespace lastcall::app
