#include "config/platform.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/duration_text.h"

namespace lastcall::config {
namespace {

struct Marker {
  std::string_view variable;  // its presence tells
  Platform platform;
};

constexpr int kInterrupt = 2;  // SIGINT: Fly.io's first word (G156)
constexpr int kTerminate = 15;

// The platforms' own defaults, from their signal to their SIGKILL; first match wins (G155).
constexpr Marker kMarkers[] = {
    {"FLY_MACHINE_ID", {"fly", seconds(5), false, kInterrupt, "kill_timeout", seconds(300)}},
    {"K_SERVICE", {"cloud_run", seconds(10), false, kTerminate, "the time after SIGTERM", seconds(10)}},
    {"KUBERNETES_SERVICE_HOST", {"kubernetes", seconds(30), true, kTerminate, "terminationGracePeriodSeconds"}},
    {"ECS_CONTAINER_METADATA_URI_V4", {"ecs", seconds(30), false, kTerminate, "stopTimeout"}},  // 120 s on Fargate, more elsewhere
    {"DYNO", {"heroku", seconds(30), false, kTerminate, "the time after SIGTERM", seconds(30)}},
};

constexpr Platform kSystemd{"systemd", seconds(90), false, kTerminate, "TimeoutStopSec"};
constexpr Platform kContainer{"container", seconds(10), false, kTerminate, "the time of docker stop (stop_grace_period)"};

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

std::optional<GraceAdvice> grace_advice(const Platform& platform, Duration grace, bool asks_for_more) {
  if (platform.limit.empty() || grace <= platform.grace) return std::nullopt;
  const std::string limit(platform.limit);
  if (grace > platform.at_most)
    return GraceAdvice{true, fmt::format("on {} {} is at most {}, then everything is killed: lower grace to that", platform.name, limit, format_duration(platform.at_most))};
  const bool systemd = platform.name == kSystemd.name;
  if (systemd && asks_for_more) return std::nullopt;
  const std::string usual = fmt::format("{} is {} unless somebody has raised it: let both be the same", limit, format_duration(platform.grace));
  // What cures it makes the warning go away; elsewhere nothing could.
  return GraceAdvice{systemd, systemd ? "without Type=notify lastcall can't ask for more time, and " + usual : usual};
}

Duration platform_lame_duck(Duration grace) {
  if (grace == kInfinite) return seconds(5);
  return std::min<Duration>(grace / 20 * 3, seconds(5));
}

}  // namespace lastcall::config
