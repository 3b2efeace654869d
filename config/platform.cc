#include "config/platform.h"

#include <algorithm>
#include <string>

namespace lastcall::config {
namespace {

struct Marker {
  std::string_view variable;  // its presence tells
  Platform platform;
};

constexpr int kInterrupt = 2;  // SIGINT: Fly.io's first word (G156)

// The platforms' own defaults, from their signal to their SIGKILL; first match wins (G155).
constexpr Marker kMarkers[] = {
    {"FLY_MACHINE_ID", {"fly", seconds(5), false, kInterrupt}},
    {"K_SERVICE", {"cloud_run", seconds(10), false}},
    {"KUBERNETES_SERVICE_HOST", {"kubernetes", seconds(30), true}},
    {"ECS_CONTAINER_METADATA_URI_V4", {"ecs", seconds(30), false}},
    {"DYNO", {"heroku", seconds(30), false}},
};

constexpr Platform kSystemd{"systemd", seconds(90), false};
constexpr Platform kContainer{"container", seconds(10), false};  // docker stop

}  // namespace

std::optional<Platform> platform_named(std::string_view name) {
  for (const Marker& marker : kMarkers)
    if (marker.platform.name == name) return marker.platform;
  if (name == kSystemd.name) return kSystemd;
  if (name == "docker" || name == kContainer.name) return kContainer;
  return std::nullopt;
}

std::vector<std::string_view> platform_names() {
  std::vector<std::string_view> names{"docker", kSystemd.name};
  for (const Marker& marker : kMarkers) names.push_back(marker.platform.name);
  return names;
}

Platform detect_platform(const Environment& environment, const PlatformFacts& facts) {
  if (facts.chosen) return *facts.chosen;
  for (const Marker& marker : kMarkers)
    if (variable(environment, marker.variable)) return marker.platform;
  // INVOCATION_ID and NOTIFY_SOCKET are inherited by shells and their children; this one names the process (decision 17).
  if (facts.pid > 0 && variable(environment, "SYSTEMD_EXEC_PID") == std::to_string(facts.pid)) return kSystemd;
  if (facts.pid == 1) return kContainer;
  if (facts.terminal) return {"terminal", seconds(10), false};   // nobody waits longer in front of a screen
  return {"default", seconds(30), false};
}

Duration platform_lame_duck(Duration grace) {
  if (grace == kInfinite) return seconds(5);
  return std::min<Duration>(grace / 20 * 3, seconds(5));
}

}  // namespace lastcall::config
