#include <doctest/doctest.h>

#include "config/option_table.h"

using namespace lastcall;
using namespace lastcall::config;

namespace {

std::string set(Settings& settings, const char* name, const char* text) {
  const Status done = find_option(name)->set(settings, text);
  return done ? "" : done.error().message;
}

}  // namespace

TEST_CASE("the control socket has a place that means the same in every directory") {
  Settings settings;
  CHECK(settings.control.socket == "auto");
  for (const char* good : {"off", "auto", "/run/app/lastcall.sock", "@app"}) {
    CHECK(set(settings, "control", good).empty());
    CHECK(settings.control.socket == good);
    CHECK(find_option("control")->print(settings) == std::vector<std::string>{good});
  }
  for (const char* bad : {"", "/", "@", "run/app.sock", "on", "unix:/run/app.sock"}) {
    CAPTURE(bad);
    CHECK(set(settings, "control", bad).find("write auto, off, an absolute path, or @NAME") != std::string::npos);
  }
  const std::string long_path = "/" + std::string(120, 'a');
  CHECK_FALSE(set(settings, "control", long_path.c_str()).empty());
}

TEST_CASE("names of the admin port are names, without scheme and port, whatever their case") {
  Settings settings;
  for (const char* good : {"Status.Internal", "app_1.svc.cluster.local", "*"}) CHECK(set(settings, "admin_host", good).empty());
  CHECK(settings.control.admin_host == std::vector<std::string>{"status.internal", "app_1.svc.cluster.local", "*"});
  CHECK(find_option("admin_host")->print(settings) == settings.control.admin_host);
  for (const char* bad : {"", "http://a.b", "a.b:9901", ".internal", "a b", "*.internal", "[::1]"}) {
    CAPTURE(bad);
    CHECK(set(settings, "admin_host", bad).find("is no host name; write for example status.internal, without scheme and port, or * for any") != std::string::npos);
  }
}

TEST_CASE("G146: what /readyz says is by platform, or by choice") {
  Settings settings;
  CHECK(settings.control.lame_duck == LameDuckReadiness::by_platform);
  CHECK(set(settings, "readyz.lame_duck", "failing").empty());
  CHECK(settings.control.lame_duck == LameDuckReadiness::failing);
  CHECK(set(settings, "readyz.lame_duck", "maybe") == "\"maybe\" is none of platform, ready, failing");
  CHECK(set(settings, "readyz.code", "404").empty());
  CHECK(settings.control.failing_code == 404);
  CHECK(set(settings, "readyz.code", "200") == "200 is no failing status; write 404 or 503 for example");
}
