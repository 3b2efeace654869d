// How people and programs reach the supervisor: the control socket, the admin port, and what /readyz says to whom. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace lastcall::config {

// What /readyz says from the stop on, while new clients are still accepted (G146).
enum class LameDuckReadiness : std::uint8_t {
  by_platform,  // ready where the platform takes us out of rotation by itself (Kubernetes), failing elsewhere
  ready,
  failing,
};

struct ControlSettings {
  std::string socket = "auto";   // "auto", "off", a path, or "@name"
  std::optional<Address> admin;  // nothing: no admin port
  std::vector<std::string> admin_host = {};  // further names that it answers to, in lower case; "*": any
  LameDuckReadiness lame_duck = LameDuckReadiness::by_platform;
  bool platform_keeps_ready = false;    // what by_platform means here; not an option
  std::uint32_t failing_code = 503;     // of /readyz
  bool operator==(const ControlSettings&) const = default;
};

}  // namespace lastcall::config
