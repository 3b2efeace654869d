#include "config/print_config.h"

#include <doctest/doctest.h>

#include <random>

#include "config/load.h"

using namespace lastcall;
using namespace lastcall::config;

namespace {

Settings complete() {
  Settings settings;
  settings.listen = {Address::parse(":8080").value()};
  return settings;
}

// Printed, loaded, and compared field by field; only the source of the grace is for people alone.
void check_round_trip(Settings settings) {
  const std::string yaml = print_config(settings);
  CAPTURE(yaml);
  const Result<Settings> loaded = load_text(yaml);
  REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.error().message));
  settings.grace_source.clear();
  CHECK(loaded.value() == settings);
}

}  // namespace

TEST_CASE("what is printed loads to equal settings, for every option with its example and its choices") {
  check_round_trip(complete());
  for (const Option& option : option_table()) {
    CAPTURE(option.name);
    std::vector<std::string_view> values{option.example};
    values.insert(values.end(), option.choices.begin(), option.choices.end());
    for (const std::string_view value : values) {
      Settings settings = complete();
      if (option.name == "no_proxy") settings.listen.clear();
      if (option.name == "ready.status") settings.ready.http = "/";  // means nothing alone
      if (option.section() == "live") settings.live.http = "/";
      if (option.name == "live.tcp" || option.name == "live.exec") settings.live.http.clear();
      if (option.repeatable) option.clear(settings);
      REQUIRE(option.set(settings, value).ok());
      if (option.name == "listen") REQUIRE(option.set(settings, "unix:@x").ok());
      if (option.name == "proxy_protocol.accept") settings.forward.trust.push_back(Network::parse("unix").value());
      if (option.name == "access_log_file") settings.access_log = AccessLogFormat::json;
      if (option.name == "stream_paths") REQUIRE(option.set(settings, "/b").ok());
      check_round_trip(settings);
    }
  }
}

TEST_CASE("extreme values survive: no limit, nanoseconds, absent parts") {
  Settings settings = complete();
  settings.grace.grace = kInfinite;
  settings.timeouts.response = kInfinite;
  settings.timeouts.send = nanoseconds(1);
  settings.timeouts.idle = std::chrono::hours(24) + milliseconds(1);
  settings.listen = {Address::parse("[::1]:1").value(), Address::parse("unix:/a b/\"c\"").value(), Address::parse("0.0.0.0:2").value()};
  settings.grace_source = "a\nb: c # d";
  check_round_trip(settings);
}

TEST_CASE("every argument of the command survives, whatever its bytes (P59)") {
  Settings settings = complete();
  settings.command = {"app", "", "-x", "null", "~", "true", "no", "0x10", "1e3", "a: b", "#c", " d ", "\"", "\\", "'", "{port}", "[", "*a",
                      "&a", "!b", "%", "@", "`", "|", ">", "a\nb", "\r\t\x01\x7f", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\xba", "\xff\xfe",
                      "\xc0\x80", "\xed\xa0\x80", "\xc2\x85", "\xef\xbb\xbf", "\xe2\x80\xa8", "?", "-", "- a", ":", "a:", "=", "<<",
                      std::string(5000, 'x')};
  check_round_trip(settings);
}

TEST_CASE("random bytes as arguments survive") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Settings settings = complete();
    settings.command = {"app"};
    for (int i = 0; i < 5; ++i) {
      std::string argument;
      for (auto length = random() % 20; length > 0; --length) argument += static_cast<char>(1 + random() % 255);  // argv has no NUL
      settings.command.push_back(argument);
    }
    check_round_trip(settings);
  }
}

TEST_CASE("the text is for people too: groups, sections, and where the grace comes from") {
  Settings settings = complete();
  settings.grace_source = "kubernetes";
  settings.command = {"node", "server.js", "--name", "a b"};
  const std::string yaml = print_config(settings);
  CHECK(yaml.starts_with("# Proxy\nlisten: [\":8080\"]\ntcp: false\n"));
  CHECK(yaml.find("\ncommand: [node, server.js, \"--name\", \"a b\"]\n") != yaml.npos);
  CHECK(yaml.find("\n# Stopping\ngrace: 30s  # from \"kubernetes\"\nstop:\n  signal: TERM\n") != yaml.npos);
}

TEST_CASE("a worker refuses settings that are not what a supervisor prints") {
  CHECK(load_text("listen: :80\nnonsense: 1\n").error().message ==
        "settings:2:1: unknown key \"nonsense\"; lastcall --help lists every option");
  CHECK(load_text("{").ok() == false);
}
