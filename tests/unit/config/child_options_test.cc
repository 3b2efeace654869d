// Options that give the child its surroundings and its stop: each form of a value, in YAML, as a flag and back.
#include <doctest/doctest.h>

#include <sys/resource.h>

#include <csignal>

#include "config/load.h"
#include "config/option_table.h"
#include "config/print_config.h"
#include "config/yaml_source.h"

using namespace lastcall;
using namespace lastcall::config;

namespace {

using Texts = std::vector<std::string>;

Settings from_yaml(const std::string& yaml) {
  const Result<Settings> loaded = load_text("no_proxy: true\n" + yaml);
  CHECK_MESSAGE(loaded.ok(), (loaded.ok() ? std::string() : loaded.error().message));
  return loaded.ok() ? loaded.value() : Settings{};
}

std::string mistake(const std::string& yaml) {
  const Result<Settings> loaded = load_text("no_proxy: true\n" + yaml);
  return loaded.ok() ? "" : loaded.error().message;
}

std::string refusal(std::string_view option, std::string_view text) {
  Settings settings;
  const Status status = find_option(option)->set(settings, text);
  return status ? "" : status.error().message;
}

Texts printed(std::string_view option, const Settings& settings) { return find_option(option)->print(settings); }

}  // namespace

TEST_CASE("signals: a map from signals to actions, by names and numbers as dumb-init takes them (P36)") {
  const Settings settings = from_yaml("signals: {HUP: forward, 10: stop, SIGUSR2: ignore, TERM: QUIT, 1: 0, RTMIN+1: 34, INT: 2}");
  using enum SignalRule::Action;
  CHECK(rule_for(settings.signals, SIGHUP) == SignalRule{ignore, 0});  // the second entry for the same signal
  CHECK(rule_for(settings.signals, SIGUSR1) == SignalRule{stop, 0});
  CHECK(rule_for(settings.signals, SIGUSR2) == SignalRule{ignore, 0});
  CHECK(rule_for(settings.signals, SIGTERM) == SignalRule{forward, SIGQUIT});
  CHECK(rule_for(settings.signals, SIGRTMIN + 1) == SignalRule{forward, 34});
  CHECK(rule_for(settings.signals, SIGINT) == SignalRule{forward, SIGINT});
  CHECK(rule_for(settings.signals, SIGQUIT) == SignalRule{stop, 0});  // not written: the default
  CHECK(printed("signals", settings) ==
        Texts{"HUP=ignore", "INT=forward", "USR1=stop", "USR2=ignore", "TERM=QUIT", "RTMIN+1=RTMIN"});
}

TEST_CASE("signals: reopen is an action beside the others") {
  const Settings settings = from_yaml("signals: {USR1: reopen}");
  CHECK(rule_for(settings.signals, SIGUSR1) == SignalRule{SignalRule::Action::reopen, 0});
  CHECK(printed("signals", settings) == Texts{"USR1=reopen"});
}

TEST_CASE("signals that are lastcall's or the kernel's own can't be ruled, and what is not possible yet says so (P35, P39)") {
  CHECK(refusal("signals", "CHLD=forward") == "CHLD can't be ruled: it tells lastcall that a process has ended");
  CHECK(refusal("signals", "KILL=ignore") == "KILL can't be ruled: the kernel never shows it to anybody");
  CHECK(refusal("signals", "SEGV=forward").find("crash") != std::string::npos);
  CHECK(refusal("signals", "HUP=reload") == "reload is not possible yet; write forward, stop, ignore, reopen or another signal");
  CHECK(refusal("signals", "HUP") == "\"HUP\" names no action; write for example HUP=ignore");
  CHECK(refusal("signals", "HUPP=stop") == "\"HUPP\" is not a signal; write for example HUP=ignore");
  CHECK(refusal("signals", "HUP=quit!") ==
        "\"quit!\" is no signal and no action; write forward, stop, ignore, reopen or a signal such as QUIT");
  CHECK(mistake("signals: {HUP: stop, HUP: ignore}") == "settings:2:22: signals: \"HUP\" stands here a second time");
  CHECK(mistake("signals: 5") == "settings:2:10: signals: \"5\" names no action; write for example HUP=ignore");
  CHECK(mistake("signals: {HUP: [stop]}").find("found a list where a single value is wanted") != std::string::npos);
}

TEST_CASE("stop: steps in order, each with its time, and the grace knows how long they take") {
  const Settings settings = from_yaml("stop: [INT 5s, TERM 10s]\ngrace: 60s");
  CHECK(settings.stop_steps == std::vector<core::StopStep>{{SIGINT, seconds(5)}, {SIGTERM, seconds(10)}});
  CHECK(settings.grace.stop_steps == seconds(15));
  CHECK_FALSE(settings.grace.last_step_is_open);
  CHECK(settings == from_yaml("stop: {steps: [INT 5s, \"TERM   10s\"]}\ngrace: 60s"));
  const Settings open = from_yaml("stop: [INT 5s, 15]\ngrace: 60s");
  CHECK(open.stop_steps.back() == core::StopStep{SIGTERM, kInfinite});
  CHECK(open.grace.last_step_is_open);
  CHECK(open.grace.stop_steps == seconds(5));
  CHECK(from_yaml("stop: QUIT").stop_steps == std::vector<core::StopStep>{{SIGQUIT, kInfinite}});
}

TEST_CASE("steps that can't be meant are refused with the reason") {
  CHECK(mistake("stop: {steps: [INT, TERM 5s]}") ==
        "settings:2:8: stop.steps: INT has no time, so the step after it would never come; write for example INT 5s");
  CHECK(mistake("stop: {signal: INT, steps: [TERM 5s]}").find("says the same as stop.steps") != std::string::npos);
  CHECK(mistake("stop: [TERM 5s]\nstop_timeout: 9s").find("means nothing beside stop.steps") != std::string::npos);
  CHECK(mistake("stop: [TERM 5s]\ngrace: 4s").find("stop.steps 5s") != std::string::npos);
  CHECK(mistake("stop: [KILL 5s]").find("KILL can't be handled by the child") != std::string::npos);
  CHECK(mistake("stop: [TERM 5x]") != "");
  CHECK(mistake("stop: [TERM 0]").find("leaves no time") != std::string::npos);
  CHECK(mistake("stop: [\"TERM \"]") != "");
}

TEST_CASE("limits by name: one number for both, soft and hard, units, unlimited") {
  const Settings settings = from_yaml("limits: {nofile: 1024:4096, core: 0, memlock: unlimited, as: 2G, RLIMIT_NPROC: 10:unlimited}");
  const auto& limits = settings.child.limits;
  REQUIRE(limits.size() == 5);
  CHECK(limits[0] == ResourceLimit{RLIMIT_NOFILE, 1024, 4096});
  CHECK(limits[1] == ResourceLimit{RLIMIT_CORE, 0, 0});
  CHECK(limits[2] == ResourceLimit{RLIMIT_MEMLOCK, kUnlimited, kUnlimited});
  CHECK(limits[3] == ResourceLimit{RLIMIT_AS, 2ULL << 30, 2ULL << 30});
  CHECK(limits[4] == ResourceLimit{RLIMIT_NPROC, 10, kUnlimited});
  CHECK(kUnlimited == RLIM_INFINITY);
  for (const char* bad : {"nofile", "=5", "files=5", "nofile=", "nofile=5:4", "nofile=-1", "nofile=1:2:3", "nofile=99999999999999999999",
                          "as=99999999999T"}) {
    CAPTURE(bad);
    CHECK(refusal("limits", bad) != "");
  }
}

TEST_CASE("capabilities are a set, and none is a set too") {
  CHECK_FALSE(from_yaml("umask: 027").child.capabilities);
  CHECK(from_yaml("capabilities: none").child.capabilities == 0);
  CHECK(from_yaml("capabilities: [NET_BIND_SERVICE, cap_chown]").child.capabilities == ((1U << 10) | 1U));
  CHECK(printed("capabilities", from_yaml("capabilities: [NET_BIND_SERVICE, cap_chown]")) == Texts{"chown", "net_bind_service"});
  CHECK(refusal("capabilities", "root") == "\"root\" is not a capability; write for example net_bind_service, or none");
}

TEST_CASE("descriptors: what lastcall was given, none, or a list (decision 13)") {
  CHECK_FALSE(from_yaml("descriptors: inherit").child.descriptors);
  CHECK(from_yaml("descriptors: none").child.descriptors == std::vector<int>{});
  CHECK(from_yaml("descriptors: [3, 7, 3]").child.descriptors == std::vector<int>{3, 7});
  for (const char* bad : {"2", "-1", "x", ""}) CHECK(refusal("descriptors", bad) != "");
}

TEST_CASE("numbers in their ranges, and a mask in octal") {
  const Settings settings = from_yaml(
      "umask: 027\nnice: -5\noom_score_adj: 1000\nparent_death_signal: none\nuser: 1000\ngroups: [27, docker]");
  CHECK(settings.child.umask == 027U);
  CHECK(settings.child.nice == -5);
  CHECK(settings.child.oom_score_adj == 1000);
  CHECK(settings.child.parent_death_signal == 0);
  CHECK(settings.child.user == "1000");
  CHECK(settings.child.groups == Texts{"27", "docker"});
  CHECK(refusal("nice", "20") == "\"20\" is not a whole number from -20 to 19");
  CHECK(refusal("oom_score_adj", "-1001") != "");
  CHECK(refusal("umask", "088") != "");
  CHECK(refusal("umask", "1777") != "");
  CHECK(refusal("parent_death_signal", "DEATH") != "");
}

TEST_CASE("exit codes are pairs of codes (P10)") {
  CHECK(from_yaml("exit_codes: {143: 0, 1: 75}").exit_codes == std::map<int, int>{{1, 75}, {143, 0}});
  for (const char* bad : {"143", "256=0", "143=-1", "x=0", "143=", "=0"}) CHECK(refusal("exit_codes", bad) != "");
}

TEST_CASE("variables as a map or as a list; a value may hold anything, also equals signs and nothing (P56)") {
  const Settings settings = from_yaml("env: {set: {A: \"1=2\", B: \"\", C: \"x y\"}, unset: [D], inherit: false}");
  CHECK(settings.child.env.set == Texts{"A=1=2", "B=", "C=x y"});
  CHECK(settings.child.env.unset == Texts{"D"});
  CHECK_FALSE(settings.child.env.inherit);
  CHECK(from_yaml("env: {set: [A=1, A=2]}").child.env.set == Texts{"A=2"});
  CHECK(mistake("env: {set: {A: }}").find("found no value where a single value is wanted") != std::string::npos);
  CHECK(mistake("env: {set: {A: 1}, unset: [A]}").find("A is set as well") != std::string::npos);
  CHECK(refusal("env.set", "=x") != "");
  CHECK(refusal("env.unset", "A=x") != "");
}

TEST_CASE("maps are printed as maps and load to the same") {
  const Settings settings = from_yaml("env: {set: {A: \"1=2\", \"B b\": \"yes\"}}\nsignals: {HUP: ignore}\nexit_codes: {143: 0}");
  const std::string text = print_config(settings);
  CAPTURE(text);
  CHECK(text.find("  set: {A: \"1=2\", \"B b\": \"yes\"}\n") != text.npos);
  CHECK(text.find("signals: {HUP: ignore}\n") != text.npos);
  CHECK(text.find("exit_codes: {143: 0}\n") != text.npos);
  CHECK(load_text(text).value() == settings);
}
