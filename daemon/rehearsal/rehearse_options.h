// What `lastcall rehearse` is asked beyond the options of a start. Plain values, made by the command line.
#pragma once

#include <cstddef>
#include <string>

#include "base/time.h"
#include "config/platform.h"

namespace lastcall::rehearsal {

struct RehearseOptions {
  std::size_t load = 20;           // keep-alive clients of our own
  std::string path = "/";          // what they ask for
  Duration duration = seconds(3);  // from ready to the stop, at least
  config::Platform platform;       // who stops it; its grace is the limit
  bool platform_given = false;     // --platform: then the limit is the platform's, else whatever the grace is
  bool wait = false;               // no traffic of our own: the user's, until Ctrl-C
  bool compare = true;             // a second run without lastcall
  bool run_hooks = false;          // for real; else they are left out
  bool strict = false;             // a warning fails, too
  bool json = false;               // the result on standard output as JSON
  bool verbose = false;            // what the command says, on standard error
};

}  // namespace lastcall::rehearsal
