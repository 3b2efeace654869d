// Where do we run, and how long do we have there? The order of G155, with systemd recognised by decision 17 alone. A pure function;
// supervisor only. What the user wrote always wins over what is found here.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "config/environment.h"

namespace lastcall::config {

struct PlatformFacts {
  int pid = 0;            // ours
  bool terminal = false;  // standard input is a terminal
};

struct Platform {
  std::string_view name;  // "kubernetes": what the log calls it
  Duration grace{};
  bool lame_duck = false; // endpoints keep sending for a while after the signal: min(0.15 G, 5 s) unless the user says otherwise
};

Platform detect_platform(const Environment& environment, const PlatformFacts& facts);
Duration platform_lame_duck(Duration grace);

}  // namespace lastcall::config
