#include "config/environment.h"

#include <doctest/doctest.h>

using namespace lastcall::config;

namespace {

struct Read {
  std::vector<Assignment> assignments;
  Diagnostics diagnostics;
};

Read read(const Environment& environment) {
  Read result;
  result.assignments = environment_assignments(environment, result.diagnostics);
  return result;
}

}  // namespace

TEST_CASE("LASTCALL_<NAME> sets an option") {
  const Read got = read({"PATH=/bin", "LASTCALL_STOP_SIGNAL=QUIT", "HOME=/"});
  REQUIRE(got.assignments.size() == 1);
  CHECK(got.assignments[0].option->name == "stop.signal");
  CHECK(got.assignments[0].place.source == "LASTCALL_STOP_SIGNAL");
  CHECK(got.assignments[0].values[0].text == "QUIT");
  CHECK(got.diagnostics.empty());
}

TEST_CASE("commas separate the values of a repeatable option, and of no other") {
  const Read got = read({"LASTCALL_LISTEN=:80, :443,", "LASTCALL_WORKER_USER=a,b"});
  REQUIRE(got.assignments.size() == 2);
  REQUIRE(got.assignments[0].values.size() == 2);
  CHECK(got.assignments[0].values[0].text == ":80");
  CHECK(got.assignments[0].values[1].text == ":443");
  REQUIRE(got.assignments[1].values.size() == 1);
  CHECK(got.assignments[1].values[0].text == "a,b");
}

TEST_CASE("an empty variable counts as not set, so that an unset variable of a Compose file stays harmless") {
  const Read got = read({"LASTCALL_GRACE=", "LASTCALL_NONSENSE="});
  CHECK(got.assignments.empty());
  CHECK(got.diagnostics.empty());
}

TEST_CASE("an unknown LASTCALL_ variable is a mistake that names the nearest one") {
  const Read got = read({"LASTCALL_GRACEE=5s", "LASTCALL_COMMAND=node", "LASTCALL_XYZZY=1"});
  REQUIRE(got.diagnostics.size() == 3);
  CHECK(to_string(got.diagnostics[0]) == "LASTCALL_GRACEE: no option has this name; did you mean LASTCALL_GRACE?");
  CHECK(got.diagnostics[1].place.source == "LASTCALL_COMMAND");  // a text would need a shell
  CHECK(to_string(got.diagnostics[2]) == "LASTCALL_XYZZY: no option has this name; lastcall --help lists them all");
}

TEST_CASE("names that lastcall gives to children, and those of a Kubernetes service called lastcall, are no mistakes") {
  const Read got = read({"LASTCALL_SOCKET=/run/lastcall/1.sock", "LASTCALL_INSTANCE=0", "LASTCALL_CONFIG=/etc/lastcall.yaml",
                         "LASTCALL_SERVICE_HOST=10.0.0.1", "LASTCALL_SERVICE_PORT_HTTP=80", "LASTCALL_API_SERVICE_HOST=10.0.0.2",
                         "LASTCALL_PORT=tcp://10.0.0.1:80", "LASTCALL_PORT_80_TCP_ADDR=10.0.0.1"});
  CHECK(got.assignments.empty());
  CHECK(got.diagnostics.empty());
}

TEST_CASE("no option has a name that a Kubernetes service could have") {
  Environment environment;
  for (const Option& option : option_table())
    if (!option.environment().empty()) environment.push_back(option.environment() + "=x");
  CHECK(read(environment).assignments.size() == environment.size());
}

TEST_CASE("the child's environment has no option variables and nothing that was addressed to lastcall alone (decision 19, G148)") {
  const Environment stripped = stripped_environment(
      {"PATH=/bin", "LASTCALL_GRACE=5s", "LASTCALL_TIMEOUTS_IDLE=1s", "LASTCALL_CONFIG=x", "NOTIFY_SOCKET=/run/systemd/notify",
       "WATCHDOG_USEC=1", "WATCHDOG_PID=1", "LISTEN_FDS=1", "LISTEN_PID=1", "LISTEN_FDNAMES=a", "LASTCALL_SOCKET=/s", "A=LASTCALL_GRACE=1",
       "EMPTY=", "no equals sign", "PATH=/second"});
  CHECK(stripped == Environment{"PATH=/bin", "LASTCALL_SOCKET=/s", "A=LASTCALL_GRACE=1", "EMPTY=", "no equals sign", "PATH=/second"});
}

TEST_CASE("a variable is found by its whole name") {
  const Environment environment{"PORTS=1", "PORT=2", "EMPTY="};
  CHECK(variable(environment, "PORT") == "2");
  CHECK(variable(environment, "EMPTY") == "");
  CHECK_FALSE(variable(environment, "POR").has_value());
}
