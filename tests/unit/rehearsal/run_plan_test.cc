#include "rehearsal/run_plan.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "config/load.h"
#include "config/print_config.h"

namespace lastcall::rehearsal::test {
namespace {

config::Settings settings(const std::string& yaml) {
  auto loaded = config::load_text(yaml);
  REQUIRE_MESSAGE(loaded.ok(), loaded.error().message);
  return loaded.value();
}

RehearseOptions docker() {
  RehearseOptions options;
  options.platform = *config::platform_named("docker");
  return options;
}

RunPlan planned(Result<RunPlan> plan) {
  REQUIRE_MESSAGE(plan.ok(), plan.error().message);
  return std::move(plan).value();
}

bool has(const std::vector<std::string>& words, const std::string& word) { return std::ranges::count(words, word) == 1; }

}  // namespace

TEST_CASE("the run with lastcall keeps what the user wrote, on a port of its own and with a log that we can read") {
  const RunPlan plan = planned(plan_wrapped_run(
      settings("listen: [':8080', 'unix:/run/app.sock']\ncommand: [app]\nstop_timeout: 3s\nlog: {level: error}\n"), docker()));
  REQUIRE(plan.settings.listen.size() == 1);
  CHECK(plan.settings.listen.front() == *plan.server);
  CHECK(plan.server->port() != 8080);
  CHECK(plan.settings.log_format == LogFormat::json);
  CHECK(plan.settings.log_level == LogLevel::info);
  CHECK(plan.settings.grace.stop_timeout == seconds(3));
  CHECK(plan.settings.grace.lame_duck == Duration::zero());  // or the lastcall inside would look where it runs
}

TEST_CASE("hooks tell others of a stop, so they are run only where that was asked for") {
  const auto wanted = settings("listen: [':8080']\ncommand: [app]\nhooks: ['drained=/bin/true']\n");
  RehearseOptions options = docker();
  CHECK(planned(plan_wrapped_run(wanted, options)).settings.hooks.empty());
  options.run_hooks = true;
  CHECK(planned(plan_wrapped_run(wanted, options)).settings.hooks.size() == 1);
  CHECK(planned(plan_bare_run(wanted, options, seconds(1))).settings.hooks.empty());
}

TEST_CASE("with --wait it listens where the user's traffic goes, and we connect to no wildcard") {
  RehearseOptions options = docker();
  options.wait = true;
  const RunPlan plan = planned(plan_wrapped_run(settings("listen: [':8080']\ncommand: [app]\n"), options));
  CHECK(plan.settings.listen.front().port() == 8080);
  CHECK(plan.server->to_string() == "127.0.0.1:8080");
}

TEST_CASE("the run without lastcall is an init with the platform's signal, and the command gets its port as it would behind us") {
  RehearseOptions options = docker();
  options.platform = *config::platform_named("fly");
  const auto wanted =
      settings("listen: [':8080']\nstop: {signal: QUIT}\nenv: {set: {PORT: 1, COLOR: red}}\ncommand: [app, '{port}', '{{port}}']\n");
  const RunPlan plan = planned(plan_bare_run(wanted, options, seconds(7)));
  const std::string port = std::to_string(plan.server->port());
  CHECK(plan.settings.no_proxy);
  CHECK(plan.settings.command == std::vector<std::string>{"app", port, "{port}"});
  CHECK(has(plan.settings.child.env.set, "PORT=" + port));
  CHECK(has(plan.settings.child.env.set, "HOST=127.0.0.1"));
  CHECK(has(plan.settings.child.env.set, "COLOR=red"));
  CHECK(std::ranges::count(plan.settings.child.env.set, "PORT=1") == 0);
  CHECK(plan.settings.stop_signal == 2);
  CHECK(plan.settings.grace.grace == seconds(7));
}

TEST_CASE("without lastcall a fixed upstream stays where it is, its command is untouched, and a socket gets a place") {
  const RunPlan fixed =
      planned(plan_bare_run(settings("listen: [':8080']\nupstream: 127.0.0.1:3000\ncommand: [app, '{{port}}']\n"), docker(), seconds(1)));
  CHECK(fixed.server->to_string() == "127.0.0.1:3000");
  CHECK(fixed.settings.command.back() == "{{port}}");
  const RunPlan socket = planned(plan_bare_run(settings("listen: [':8080']\ncommand: [app, '{socket}']\n"), docker(), seconds(1)));
  CHECK(socket.server->is_unix());
  CHECK(socket.settings.command.back() == socket.server->unix_path());
}

TEST_CASE("the settings of both runs are settings that a lastcall accepts") {
  const auto wanted =
      settings("listen: [':8080']\nready: {http: /ready}\nstop: [INT 1s, TERM 2s]\nrestart: {policy: always}\ncommand: [app]\n");
  for (const RunPlan& plan : {planned(plan_wrapped_run(wanted, docker())), planned(plan_bare_run(wanted, docker(), seconds(5)))}) {
    const auto again = config::load_text(config::print_config(plan.settings));
    REQUIRE_MESSAGE(again.ok(), again.error().message);
    CHECK(again.value().command == plan.settings.command);
    CHECK(again.value().no_proxy == !plan.wrapped);
  }
}

TEST_CASE("G154: Heroku signals every process, but a bare init only once") {
  RehearseOptions options = docker();
  options.platform = *config::platform_named("heroku");
  const auto wanted = settings("listen: [':8080']\ncommand: [app]\n");
  CHECK(planned(plan_wrapped_run(wanted, options)).signal_everybody);
  CHECK(!planned(plan_bare_run(wanted, options, seconds(1))).signal_everybody);
  CHECK(!planned(plan_wrapped_run(wanted, docker())).signal_everybody);
}

}  // namespace lastcall::rehearsal::test
