#include "supervisor/child_endpoint.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "os/socket.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

config::Settings settings_of(std::vector<std::string> command) {
  config::Settings settings;
  settings.listen = {Address::loopback(0)};
  settings.command = std::move(command);
  return settings;
}

// One copy's place, and the directory that it may be in.
struct Place {
  ChildEndpoints all;
  Result<ChildEndpoint> made;
  bool ok() const { return made.ok(); }
  ChildEndpoint& value() { return made.value(); }
  const ChildEndpoint& value() const { return made.value(); }
};

Place make(const config::Settings& settings, const std::vector<std::string>& environment, const std::optional<os::Credentials>& worker) {
  ChildEndpoints all(settings, environment, worker);
  auto made = all.make(0, 0);
  return {std::move(all), std::move(made)};
}

long count_of(const std::vector<std::string>& environment, const std::string& name) {
  return std::ranges::count_if(environment, [&](const std::string& entry) { return entry.starts_with(name + "="); });
}

bool has(const std::vector<std::string>& environment, const std::string& entry) { return std::ranges::count(environment, entry) == 1; }

}  // namespace

TEST_CASE("by default the child is told a private port, once, in PORT, HOST and {port} (decisions 10 and 12)") {
  const auto made = make(settings_of({"app", "--bind={host}:{port}", "{instance}"}), {"PORT=80", "A=1", "PORT=81"}, {});
  REQUIRE(made.ok());
  const std::string port = std::to_string(made.value().upstream().port());
  CHECK(made.value().assigned_port());
  CHECK(made.value().upstream().is_loopback());
  CHECK(made.value().command() == std::vector<std::string>{"app", "--bind=127.0.0.1:" + port, "0"});
  CHECK(count_of(made.value().environment(), "PORT") == 1);
  CHECK(has(made.value().environment(), "PORT=" + port));
  CHECK(has(made.value().environment(), "HOST=127.0.0.1"));
  CHECK(has(made.value().environment(), "A=1"));
}

TEST_CASE("two children side by side never get the same port (G153)") {
  const auto one = make(settings_of({"app"}), {}, {});
  const auto two = make(settings_of({"app"}), {}, {});
  REQUIRE(one.ok());
  REQUIRE(two.ok());
  CHECK(one.value().upstream().port() != two.value().upstream().port());
}

TEST_CASE("a fixed upstream leaves the command untouched, but for {{port}}, which is the literal text everywhere (decision 12)") {
  auto settings = settings_of({"app", "{port}", "{{port}} {{other}} {x}"});
  settings.upstream = Address::loopback(3000);
  const auto made = make(settings, {}, {});
  REQUIRE(made.ok());
  CHECK(made.value().command() == std::vector<std::string>{"app", "{port}", "{port} {{other}} {x}"});
  CHECK(made.value().upstream() == Address::loopback(3000));
  CHECK_FALSE(made.value().assigned_port());
  CHECK(has(made.value().environment(), "PORT=3000"));
}

TEST_CASE("with --no-proxy neither command nor environment is touched (decision 12)") {
  config::Settings settings;
  settings.no_proxy = true;
  settings.command = {"app", "{port}", "{socket}"};
  const auto made = make(settings, {"PORT=80"}, {});
  REQUIRE(made.ok());
  CHECK(made.value().command() == settings.command);
  CHECK(made.value().environment() == std::vector<std::string>{"PORT=80"});
}

TEST_CASE("{socket} gives a place of its own, which the worker's group may enter once the socket is there") {
  const os::Credentials worker{.uid = 65534, .gid = ::getgid(), .groups = {}};
  auto made = make(settings_of({"gunicorn", "--bind", "unix:{socket}"}), {}, worker);
  REQUIRE(made.ok());
  const std::string path = made.value().upstream().unix_path();
  CHECK(made.value().command()[2] == "unix:" + path);
  CHECK_FALSE(made.value().assigned_port());
  CHECK_FALSE(made.value().open_to_worker());
  const auto listener = os::listen_on(made.value().upstream(), {.unix_mode = 0600});
  REQUIRE(listener.ok());
  CHECK(made.value().open_to_worker());
  struct stat entry{};
  REQUIRE(::stat(path.c_str(), &entry) == 0);
  CHECK((entry.st_mode & 0777) == 0660);
}

TEST_CASE("a socket file that a dead child left is gone before the next one binds, and a fixed one is left alone") {
  auto made = make(settings_of({"app", "{socket}"}), {}, {});
  REQUIRE(made.ok());
  const Address place = made.value().upstream();
  { auto dead = os::listen_on(place); REQUIRE(dead.ok()); }
  struct stat entry {};
  REQUIRE(::lstat(place.unix_path().c_str(), &entry) == 0);
  made.value().clear_for_next();
  CHECK(::lstat(place.unix_path().c_str(), &entry) != 0);
  CHECK(os::listen_on(place).ok());

  config::Settings fixed = settings_of({"app"});
  fixed.upstream = place;
  auto other = make(fixed, {}, {});
  REQUIRE(other.ok());
  { auto dead = os::listen_on(place); }
  other.value().clear_for_next();
  CHECK(::lstat(place.unix_path().c_str(), &entry) == 0);
}

TEST_CASE("each copy is told its number and has a place of its own (decision 16)") {
  for (const char* placeholder : {"{port}", "{socket}"}) {
    const auto settings = settings_of({"app", placeholder, "{instance}"});
    ChildEndpoints all(settings, {"INSTANCE=7", "LASTCALL_COPY=outer"}, {});
    REQUIRE(all.several());
    const auto one = all.make(0, 0), two = all.make(1, 1);
    REQUIRE(one.ok());
    REQUIRE(two.ok());
    CHECK(one.value().upstream() != two.value().upstream());
    CHECK(one.value().command()[1] != two.value().command()[1]);
    CHECK(two.value().command()[2] == "1");
    CHECK(has(one.value().environment(), "INSTANCE=0"));
    CHECK(has(two.value().environment(), "INSTANCE=1"));
    CHECK(has(two.value().environment(), "LASTCALL_INSTANCE=1"));
    CHECK(count_of(one.value().environment(), "INSTANCE") == 1);
    CHECK(count_of(one.value().environment(), "LASTCALL_COPY") == 1);
    CHECK(one.value().mark() != two.value().mark());
    CHECK(has(two.value().environment(), two.value().mark()));
  }
}

TEST_CASE("a number is used again, a mark never: what an old copy left is not taken for the new one's") {
  const auto settings = settings_of({"app"});
  ChildEndpoints all(settings, {}, {});
  CHECK(all.make(2, 2).value().mark() != all.make(2, 3).value().mark());
}

TEST_CASE("an init's copies are told their numbers where there are several, and a single one nothing") {
  config::Settings settings;
  settings.no_proxy = true;
  settings.command = {"worker", "{instance}"};
  CHECK_FALSE(ChildEndpoints(settings, {}, {}).several());
  settings.instances = 3;
  ChildEndpoints all(settings, {}, {});
  CHECK(all.several());
  const auto made = all.make(2, 2);
  CHECK(has(made.value().environment(), "INSTANCE=2"));
  CHECK(made.value().command() == settings.command);
}
