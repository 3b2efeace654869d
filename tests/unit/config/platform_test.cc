#include "config/platform.h"

#include <doctest/doctest.h>

using namespace lastcall;
using namespace lastcall::config;

namespace {

struct Row {
  Environment environment;
  PlatformFacts facts;
  std::string_view name;
  Duration grace;
};

}  // namespace

TEST_CASE("the grace follows the platform, in the order of G155") {
  const Row rows[] = {
      {{"FLY_MACHINE_ID=x", "K_SERVICE=x"}, {1, true}, "fly", seconds(5)},
      {{"K_SERVICE=x", "KUBERNETES_SERVICE_HOST=x"}, {1, true}, "cloud_run", seconds(10)},
      {{"KUBERNETES_SERVICE_HOST=x", "ECS_CONTAINER_METADATA_URI_V4=x"}, {1, true}, "kubernetes", seconds(30)},
      {{"ECS_CONTAINER_METADATA_URI_V4=x", "DYNO=x"}, {1, true}, "ecs", seconds(30)},
      {{"DYNO=x", "SYSTEMD_EXEC_PID=70"}, {70, true}, "heroku", seconds(30)},
      {{"SYSTEMD_EXEC_PID=70"}, {70, true}, "systemd", seconds(90)},
      {{"SYSTEMD_EXEC_PID=1"}, {1, false}, "systemd", seconds(90)},
      {{}, {1, true}, "container", seconds(10)},
      {{}, {70, true}, "terminal", seconds(10)},
      {{}, {70, false}, "default", seconds(30)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Platform platform = detect_platform(row.environment, row.facts);
    CHECK(platform.name == row.name);
    CHECK(platform.grace == row.grace);
    CHECK(platform.lame_duck == (row.name == "kubernetes"));
  }
}

TEST_CASE("systemd is the manager only if SYSTEMD_EXEC_PID is our pid: the rest is inherited by shells (decision 17)") {
  const Environment shell{"SYSTEMD_EXEC_PID=69", "INVOCATION_ID=x", "NOTIFY_SOCKET=/run/systemd/notify"};
  CHECK(detect_platform(shell, {70, false}).name == "default");
  CHECK(detect_platform({"SYSTEMD_EXEC_PID=0"}, {0, false}).name == "default");
}

TEST_CASE("the lame duck of Kubernetes is 0.15 of the grace, at most 5 s") {
  CHECK(platform_lame_duck(seconds(30)) == milliseconds(4500));
  CHECK(platform_lame_duck(seconds(10)) == milliseconds(1500));
  CHECK(platform_lame_duck(seconds(120)) == seconds(5));
  CHECK(platform_lame_duck(Duration::zero()) == Duration::zero());
  CHECK(platform_lame_duck(kInfinite) == seconds(5));
}

TEST_CASE("a platform that is chosen by name is taken without a look at the environment, and brings its limit and its signal") {
  PlatformFacts facts{.pid = 1, .terminal = true};
  for (const std::string_view name : platform_names()) {
    CAPTURE(name);
    facts.chosen = platform_named(name);
    REQUIRE(facts.chosen.has_value());
    const Platform found = detect_platform({"FLY_MACHINE_ID=x"}, facts);
    CHECK(found.name == (name == "docker" ? "container" : name));
    CHECK(found.stop_signal == (name == "fly" ? 2 : 15));
  }
  CHECK(!platform_named("nomad").has_value());
}

TEST_CASE("P73: a grace that the platform can never give is warned of; one beyond its default is mentioned, as nobody here sees its limit") {
  const auto advice = [](std::string_view name, Duration grace, bool asks = false) { return grace_advice(*platform_named(name), grace, asks); };
  CHECK_FALSE(advice("cloud_run", seconds(10)));
  REQUIRE(advice("cloud_run", seconds(11)));
  CHECK(advice("cloud_run", seconds(11))->certain);
  CHECK(advice("heroku", kInfinite)->text == "on heroku the time after SIGTERM is at most 30s, then everything is killed: lower grace to that");
  CHECK(advice("fly", seconds(301))->certain);
  REQUIRE(advice("fly", seconds(300)));
  CHECK_FALSE(advice("fly", seconds(300))->certain);
  REQUIRE(advice("docker", seconds(30)));
  CHECK_FALSE(advice("docker", seconds(30))->certain);
  CHECK(advice("kubernetes", seconds(60))->text == "terminationGracePeriodSeconds is 30s unless somebody has raised it: let both be the same");
}

TEST_CASE("P73: systemd is asked for more time where it listens; where it does not, a grace beyond its default is warned of") {
  CHECK_FALSE(grace_advice(*platform_named("systemd"), seconds(90), false));
  CHECK_FALSE(grace_advice(*platform_named("systemd"), seconds(300), true));
  const auto advice = grace_advice(*platform_named("systemd"), seconds(300), false);
  REQUIRE(advice);
  CHECK(advice->certain);
  CHECK(advice->text.find("Type=notify") != std::string::npos);
}

TEST_CASE("P73: in front of a terminal or anywhere else nobody kills us, so no grace is too long") {
  CHECK_FALSE(grace_advice(detect_platform({}, {70, true}), kInfinite, false));
  CHECK_FALSE(grace_advice(detect_platform({}, {70, false}), kInfinite, false));
}
