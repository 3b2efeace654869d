// Where do we run, and how long do we have there? The order of G155, with systemd recognised by decision 17 alone. A pure function;
// supervisor only. What the user wrote always wins over what is found here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "config/environment.h"
#include "config/grace_advice.h"

namespace lastcall::config {

struct Platform {
  std::string_view name;  // "kubernetes": what the log calls it
  Duration grace{};
  bool lame_duck = false; // endpoints keep sending for a while after the signal: min(0.15 G, 5 s) unless the user says otherwise
  int stop_signal = 15;   // what it sends
  std::string_view limit{};        // what its own limit is called there; empty: nobody kills us
  Duration at_most = kInfinite;    // to which that can be raised
  bool interrupts() const { return stop_signal == 2; }  // SIGINT, with TERM shortly before the kill (G156)
};

struct PlatformFacts {
  int pid = 0;            // ours
  bool terminal = false;  // standard input is a terminal
  std::optional<Platform> chosen{};  // instead of looking: a rehearsal plays the one that it is told
};

// One that can be rehearsed anywhere, by the name that detect_platform() gives it; "docker" is the container's.
std::optional<Platform> platform_named(std::string_view name);
std::vector<std::string_view> platform_names();

Platform detect_platform(const Environment& environment, const PlatformFacts& facts);
Duration platform_lame_duck(Duration grace);

// `asks_for_more`: our manager is asked for the time that we need (EXTEND_TIMEOUT_USEC).
std::optional<GraceAdvice> grace_advice(const Platform& platform, Duration grace, bool asks_for_more);

}  // namespace lastcall::config
