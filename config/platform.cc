#include "config/platform.h"

#include <algorithm>
#include <string>

namespace lastcall::config {
namespace {

struct Marker {
  std::string_view variable;  // its presence tells
  Platform platform;
};

// The platforms' own defaults, from their signal to their SIGKILL; first match wins (G155).
constexpr Marker kMarkers[] = {
    {"FLY_MACHINE_ID", {"fly", seconds(5), false}},
    {"K_SERVICE", {"cloud_run", seconds(10), false}},
    {"KUBERNETES_SERVICE_HOST", {"kubernetes", seconds(30), true}},
    {"ECS_CONTAINER_METADATA_URI_V4", {"ecs", seconds(30), false}},
    {"DYNO", {"heroku", seconds(30), false}},
};

}  // namespace

Platform detect_platform(const Environment& environment, const PlatformFacts& facts) {
  for (const Marker& marker : kMarkers)
    if (variable(environment, marker.variable)) return marker.platform;
  // INVOCATION_ID and NOTIFY_SOCKET are inherited by shells and their children; this one names the process (decision 17).
  if (facts.pid > 0 && variable(environment, "SYSTEMD_EXEC_PID") == std::to_string(facts.pid)) return {"systemd", seconds(90), false};
  if (facts.pid == 1) return {"container", seconds(10), false};  // docker stop
  if (facts.terminal) return {"terminal", seconds(10), false};   // nobody waits longer in front of a screen
  return {"default", seconds(30), false};
}

Duration platform_lame_duck(Duration grace) {
  if (grace == kInfinite) return seconds(5);
  return std::min<Duration>(grace / 20 * 3, seconds(5));
}

}  // namespace lastcall::config
