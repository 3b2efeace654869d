#include "app/rehearse_arguments.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <regex>

#include "../rehearsal/measurements.h"
#include "app/help_text.h"
#include "config/option_table.h"

using namespace lastcall;
using namespace lastcall::app;
using Words = std::vector<std::string>;

namespace {

CommandLine parse(Words arguments, const config::Environment& environment = {}) {
  arguments.insert(arguments.begin(), "rehearse");
  return parse_command_line(arguments, environment, {});
}

std::string mistake(const Words& arguments) {
  const CommandLine got = parse(arguments);
  CHECK(got.action == Action::fail);
  CHECK(got.exit_code == core::ExitCode::usage);
  REQUIRE(!got.diagnostics.empty());
  return config::to_string(got.diagnostics[0]);
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("rehearse takes its own options and leaves those of a start to the start") {
  const CommandLine got = parse({"--load", "5", "--path=/health", "--grace", "12s", "--duration", "500ms", "--json", "--strict",
                                 "--no-compare", "--verbose", "--", "node", "server.js", "--load", "7"});
  REQUIRE(got.action == Action::rehearse);
  CHECK(got.rehearse.load == 5);
  CHECK(got.rehearse.path == "/health");
  CHECK(got.rehearse.duration == milliseconds(500));
  CHECK(got.rehearse.json);
  CHECK(got.rehearse.strict);
  CHECK(!got.rehearse.compare);
  CHECK(got.rehearse.verbose);
  CHECK(got.settings.grace.grace == seconds(12));
  CHECK(got.settings.command == Words{"node", "server.js", "--load", "7"});
}

TEST_CASE("without --platform it is the one that we are on, else docker; the grace follows it, and the lame duck") {
  CHECK(parse({"--", "x"}).rehearse.platform.name == "container");
  CHECK(parse({"--", "x"}).settings.grace.grace == seconds(10));
  CHECK(!parse({"--", "x"}).rehearse.platform_given);
  CHECK(parse({"--", "x"}, {"FLY_MACHINE_ID=1"}).rehearse.platform.name == "fly");
  const CommandLine kubernetes = parse({"--platform", "kubernetes", "--", "x"}, {"FLY_MACHINE_ID=1"});
  CHECK(kubernetes.rehearse.platform_given);
  CHECK(kubernetes.settings.grace.grace == seconds(30));
  CHECK(kubernetes.settings.grace.lame_duck == milliseconds(4500));
}

TEST_CASE("--platform NAME=TIME is a platform whose limit was changed") {
  const CommandLine got = parse({"--platform", "fly=20s", "--", "x"});
  CHECK(got.rehearse.platform.grace == seconds(20));
  CHECK(got.settings.grace.grace == seconds(20));
  CHECK(got.rehearse.platform.stop_signal == 2);
}

TEST_CASE("a mistake in an option of rehearse's says what to write instead (64)") {
  CHECK(says(mistake({"--load", "0", "--", "x"}), "1 to 1000"));
  CHECK(says(mistake({"--load", "many", "--", "x"}), "--load"));
  CHECK(says(mistake({"--path", "health", "--", "x"}), "/health"));
  CHECK(says(mistake({"--path", "/a b", "--", "x"}), "no path"));
  CHECK(says(mistake({"--path", "/a\r\nX: y", "--", "x"}), "no path"));
  CHECK(says(mistake({"--duration", "soon", "--", "x"}), "--duration"));
  CHECK(says(mistake({"--duration", "infinity", "--", "x"}), "longer than an hour"));
  CHECK(says(mistake({"--platform", "nomad", "--", "x"}), "kubernetes"));
  CHECK(says(mistake({"--platform", "fly=soon", "--", "x"}), "--platform"));
  CHECK(says(mistake({"--wait", "--load", "3", "--", "x"}), "leaves the traffic to you"));
  CHECK(says(mistake({"--tcp", "--", "x"}), "--wait"));
  CHECK(says(mistake({"--load"}), "needs a value"));
  CHECK(says(mistake({"--no-such", "--", "x"}), "unknown option"));
  CHECK(says(mistake({"--run-hook", "--", "x"}), "did you mean --run-hooks?"));
  CHECK(says(mistake({"--gracee", "1s", "--", "x"}), "did you mean --grace?"));
  CHECK(says(mistake({"--json=1", "--", "x"}), "--json: takes no value"));
  CHECK(mistake({}) == "no command to run; write for example lastcall rehearse -- node server.js");
  CHECK(mistake({"node", "x"}) == "the command stands after --; write lastcall rehearse -- node x");
  CHECK(failure_text(parse({"--load", "0", "--", "x"})).ends_with("lastcall rehearse --help explains every option\n"));
}

TEST_CASE("mistakes in the configuration are those of a start (78)") {
  const CommandLine got = parse({"--grace", "2s", "--stop-timeout", "9s", "--", "x"});
  CHECK(got.action == Action::fail);
  CHECK(got.exit_code == core::ExitCode::configuration);
}

TEST_CASE("rehearse --help explains every option of its own, and --help mentions it") {
  const CommandLine got = parse({"--load", "nonsense", "--help"});
  CHECK(got.action == Action::print);
  for (const CommandFlag& flag : rehearse_flags()) CHECK(says(got.output, std::string(flag.flag)));
  CHECK(says(help_text(false), "lastcall rehearse [options] -- command"));
}

TEST_CASE("every option that an advice names is one that lastcall has") {
  const std::regex flag("--[a-z][a-z-]*");
  for (const auto& made : rehearsal::test::troubles()) {
    for (const auto& finding : rehearsal::judge(made.measured, made.expected).findings) {
      CAPTURE(finding.advice);
      for (std::sregex_iterator at(finding.advice.begin(), finding.advice.end(), flag), end; at != end; ++at) {
        const std::string name = at->str();
        const auto table = config::option_table();
        const bool option = std::ranges::any_of(table, [&](const config::Option& each) { return each.flag() == name; });
        const bool own = std::ranges::any_of(rehearse_flags(), [&](const CommandFlag& each) { return each.flag == name; });
        const bool dockers = name == "--time";  // docker stop --time
        CHECK_MESSAGE((option || own || dockers), name);
      }
    }
  }
}
