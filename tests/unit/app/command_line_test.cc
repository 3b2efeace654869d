#include "app/command_line.h"

#include <doctest/doctest.h>

#include <fstream>

#include "app/help_text.h"
#include "app/reference_docs.h"
#include "config/load.h"
#include "config/option_table.h"

using namespace lastcall;
using namespace lastcall::app;
using Words = std::vector<std::string>;

namespace {

CommandLine parse(const Words& arguments, const config::Environment& environment = {}) {
  return parse_command_line(arguments, environment, {});
}

// One mistake, exit 64.
std::string usage_mistake(const Words& arguments) {
  const CommandLine got = parse(arguments);
  CHECK(got.action == Action::fail);
  CHECK(got.exit_code == core::ExitCode::usage);
  REQUIRE(got.diagnostics.size() == 1);
  return config::to_string(got.diagnostics[0]);
}

// A file in the test's own directory, named so that messages are predictable.
class ConfigFile {
 public:
  explicit ConfigFile(std::string_view text) { std::ofstream(path()) << text; }
  ~ConfigFile() { std::remove(path()); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  static const char* path() { return "command_line_test.yaml"; }
};

}  // namespace

TEST_CASE("everything after -- is the command, untouched: leading dashes, empty texts, another -- (P59, G206)") {
  const CommandLine got = parse({"--grace", "5s", "--", "app", "--grace", "", "-x", "--", "--help", "a b", "{\"a\":1}"});
  CHECK(got.action == Action::run);
  CHECK(got.settings.command == Words{"app", "--grace", "", "-x", "--", "--help", "a b", "{\"a\":1}"});
  CHECK(got.settings.grace.grace == seconds(5));
}

TEST_CASE("flags stand with a space, with =, short, and again and again") {
  const CommandLine got = parse({"-g30s", "-l", ":1", "--listen=:2", "--tcp", "--log-format", "json", "--", "x"});
  REQUIRE(got.action == Action::run);
  CHECK(got.settings.grace.grace == seconds(30));
  CHECK(got.settings.grace_source == "--grace");
  CHECK(got.settings.listen.size() == 2);
  CHECK(got.settings.tcp);
  CHECK(got.settings.log_format == LogFormat::json);
}

TEST_CASE("a flag given twice counts as it was given last; a boolean can be taken back") {
  const CommandLine got = parse({"--grace", "5s", "--tcp", "--grace", "6s", "--tcp=false", "--", "x"}, {"LASTCALL_NO_PROXY=1"});
  REQUIRE(got.action == Action::run);
  CHECK(got.settings.grace.grace == seconds(6));
  CHECK_FALSE(got.settings.tcp);
  CHECK(got.settings.no_proxy);
  CHECK_FALSE(parse({"--no-proxy=false", "--", "x"}, {"LASTCALL_NO_PROXY=1"}).settings.no_proxy);
}

TEST_CASE("every option of the table is a flag") {
  for (const config::Option& option : config::option_table()) {
    if (option.flag().empty()) continue;
    CAPTURE(option.name);
    std::vector<std::string> flags{option.flag() + "=" + std::string(option.example), "--", "x"};
    if (option.name == "proxy_protocol.accept") flags.insert(flags.begin(), "--trust=10.0.0.0/8");  // means nothing without
    if (option.name == "ready.status") flags.insert(flags.begin(), "--ready-http=/");
    const bool live_rhythm = option.section() == "live" && option.name != "live.tcp" && option.name != "live.exec";
    if (live_rhythm) flags.insert(flags.begin(), "--live-http=/");
    if (option.name == "access_log_file") flags.insert(flags.begin(), "--access-log=json");
    const CommandLine got = parse(flags);
    REQUIRE(got.action == Action::run);
    CHECK(option.print(got.settings).front() == [&] {
      config::Settings settings;
      if (option.repeatable) option.clear(settings);
      CHECK(option.set(settings, option.example).ok());
      return option.print(settings).front();
    }());
  }
}

TEST_CASE("flags win over environment over file, and LASTCALL_CONFIG names the file where no flag does") {
  const ConfigFile file("grace: 41s\nstop: {signal: INT}\nlog: {level: warn}\ncommand: [from, file]\n");
  const config::Environment environment{"LASTCALL_GRACE=42s", "LASTCALL_STOP_SIGNAL=QUIT",
                                        std::string("LASTCALL_CONFIG=") + file.path(), "A=b"};
  CommandLine got = parse({"--grace", "43s"}, environment);
  REQUIRE(got.action == Action::run);
  CHECK(got.settings.grace.grace == seconds(43));
  CHECK(got.settings.stop_signal == 3);
  CHECK(got.settings.log_level == LogLevel::warn);
  CHECK(got.settings.command == Words{"from", "file"});
  CHECK(got.child_environment.inherited == config::Environment{"A=b"});  // option variables are not the child's
  got = parse({"--config", "/dev/null", "--", "mine"}, environment);
  REQUIRE(got.action == Action::run);
  CHECK(got.settings.log_level == LogLevel::info);
  CHECK(got.settings.command == Words{"mine"});
}

TEST_CASE("a mistake of usage is one clear line, and exit 64") {
  CHECK(usage_mistake({}) == "no command to run; write for example lastcall -- node server.js");
  CHECK(usage_mistake({"--"}) == "no command after --; write for example lastcall -- node server.js");
  CHECK(usage_mistake({"--", ""}) == "the command after -- is an empty text; write for example lastcall -- node server.js");
  CHECK(usage_mistake({"node", "server.js"}) == "the command stands after --; write lastcall -- node server.js");
  CHECK(usage_mistake({"--grace", "5s", "node", "-v"}) == "the command stands after --; write lastcall -- node -v");
  CHECK(usage_mistake({"chekc", "file"}) == "unknown subcommand \"chekc\"; did you mean check? A command stands after --");
  CHECK(usage_mistake({"--listen", ":80", "stray", "--", "app"}) == "\"stray\" belongs to no option; only options stand before --");
  CHECK(usage_mistake({"--gracee", "30s", "--", "app"}) == "unknown option \"--gracee\"; did you mean --grace?");
  CHECK(usage_mistake({"--stop_signal=QUIT", "--", "app"}) == "unknown option \"--stop_signal\"; did you mean --stop-signal?");
  CHECK(usage_mistake({"-x", "--", "app"}) == "unknown option \"-x\"; lastcall --help lists them all");
  CHECK(usage_mistake({"--grace", "--", "app"}) == "--grace: needs a value; write for example --grace 30s");
  CHECK(usage_mistake({"--hooks"}) == "--hooks: needs a value; write for example --hooks 'drained=/usr/bin/flush-queue --all'");
  CHECK(usage_mistake({"--config"}) == "--config: needs a file; write for example --config lastcall.yaml");
  CHECK(usage_mistake({"--grace", "soon", "--", "app"}) ==
        "--grace: \"soon\" is not a duration; write for example 30s, 1m30s, 250ms or infinity");
  CHECK(usage_mistake({"--tcp=maybe", "--", "app"}) == "--tcp: \"maybe\" is not true or false");
  CHECK(usage_mistake({"check"}) == "check needs a file; write for example lastcall check lastcall.yaml");
  CHECK(usage_mistake({"check", "one", "two"}) == "check takes one file; call it once for each");
  CHECK(usage_mistake({"check", "--config", "one"}) == "\"--config\" does not belong here; lastcall --help shows what goes together");
  CHECK(usage_mistake({"--grace", "5s", "check", "file"}) == "check takes no options and no command");
  CHECK(usage_mistake({"docs", "pdf"}) == "docs needs one of markdown, man, schema, bash, zsh, fish");
}

TEST_CASE("all mistakes are told at once; one that is not of usage makes it exit 78") {
  const CommandLine got =
      parse({"--gracee", "1s", "--listen", "nope", "--tcp", "--ready-http", "/x", "--", "app"}, {"LASTCALL_LOG_LEVEL=loud"});
  CHECK(got.action == Action::fail);
  CHECK(got.exit_code == core::ExitCode::configuration);
  CHECK(got.diagnostics.size() == 4);
  CHECK(parse({"--gracee", "1s", "--grace", "soon", "--", "app"}).diagnostics.size() == 2);
  CHECK(parse({"--grace", "5s", "--lame-duck", "6s", "--", "app"}).exit_code == core::ExitCode::configuration);  // an impossible budget
  CHECK(parse({"--config", "/nowhere", "--", "app"}).exit_code == core::ExitCode::configuration);
}

TEST_CASE("failures are written for people and for editors: one line each, and where help is") {
  const ConfigFile file("gracee: 1s\n");
  CHECK(failure_text(parse({"--config", file.path(), "--", "app"}, {"LASTCALL_GRACE=x"})) ==
        "command_line_test.yaml:1:1: unknown key \"gracee\"; did you mean grace?\n"
        "lastcall: LASTCALL_GRACE: \"x\" is not a duration; write for example 30s, 1m30s, 250ms or infinity\n");
  CHECK(failure_text(parse({"-x", "--", "app"})) ==
        "lastcall: unknown option \"-x\"; lastcall --help lists them all\nlastcall --help explains every option\n");
  CHECK(failure_text(parse({"--", "app"})).empty());
}

TEST_CASE("check says ok, or every mistake with line and column, and exits 78") {
  {
    const ConfigFile file("grace: 10s\nstop: {signal: QUIT}\n");  // no command: it may stand after --
    const CommandLine got = parse({"check", file.path()});
    CHECK(got.action == Action::print);
    CHECK(got.output == "command_line_test.yaml: ok\n");
    CHECK(got.exit_code == core::ExitCode::ok);
  }
  const ConfigFile file("stop: {signal: NOPE}\ngracee: 10s\ntcp: true\nready: {http: /x}\n");
  const CommandLine got = parse({"check", file.path()}, {"LASTCALL_GRACE=nonsense"});  // the answer is about the file
  CHECK(got.exit_code == core::ExitCode::configuration);
  CHECK(failure_text(got) ==
        "command_line_test.yaml:1:16: stop.signal: \"NOPE\" is not a signal; write for example TERM, QUIT, INT or RTMIN+3\n"
        "command_line_test.yaml:2:1: unknown key \"gracee\"; did you mean grace?\n"
        "command_line_test.yaml:4:9: ready.http: asks by HTTP, but with tcp the command speaks another protocol; leave it out\n");
  CHECK(failure_text(parse({"check", "/nowhere.yaml"})) == "lastcall: /nowhere.yaml: can't be read: No such file or directory\n");
  CHECK(parse({"check", "/nowhere.yaml"}).exit_code == core::ExitCode::configuration);
}

TEST_CASE("check judges the grace as a start on this machine would") {
  const ConfigFile file("stop_timeout: 40s\n");
  CHECK(parse({"check", file.path()}).exit_code == core::ExitCode::configuration);
  CHECK(parse_command_line({"check", file.path()}, {"SYSTEMD_EXEC_PID=7"}, {{7, false}, false}).exit_code == core::ExitCode::ok);
}

TEST_CASE("--print-config prints what is in effect, as text that loads again; it needs no command") {
  const CommandLine got = parse({"--print-config", "--grace", "20s", "--", "app", "-x"}, {"PORT=3000"});
  CHECK(got.action == Action::print);
  CHECK(got.exit_code == core::ExitCode::ok);
  const Result<config::Settings> loaded = config::load_text(got.output);
  REQUIRE(loaded.ok());
  CHECK(loaded.value().command == Words{"app", "-x"});
  CHECK(loaded.value().grace.grace == seconds(20));
  CHECK(loaded.value().listen.front().port() == 3000);
  CHECK(parse({"--print-config"}).action == Action::print);
  CHECK(parse({"--print-config", "--grace", "x"}).action == Action::fail);
}

TEST_CASE("help and version answer whatever else is wrong, and colours are for terminals") {
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"help"}, Words{"--nonsense", "--help", "--", "app"}}) {
    const CommandLine got = parse(words);
    CHECK(got.action == Action::print);
    CHECK(got.exit_code == core::ExitCode::ok);
    CHECK(got.output == help_text(false));
  }
  CHECK(parse({"help", "ctl"}).output.starts_with("lastcall ctl: "));
  CHECK(parse({"help", "job"}).output.starts_with("lastcall job: "));
  CHECK(parse({"help", "rehearse"}).output.starts_with("lastcall rehearse: "));
  CHECK(help_text(false).find('\033') == std::string::npos);
  CHECK(help_text(true).find("\033[1mStopping\033[0m") != std::string::npos);
  CHECK(parse({"--version"}).output == version_text());
  CHECK(parse({"-V"}).output.starts_with("lastcall "));
}

TEST_CASE("help names every option, fits a terminal of 100 columns and teaches by example") {
  const std::string text = help_text(false);
  for (const config::Option& option : config::option_table()) {
    CAPTURE(option.name);
    CHECK(text.find(option.flag()) != text.npos);
  }
  for (const Example& example : examples()) CHECK(text.find(example.command) != text.npos);
  for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1) CHECK(text.find('\n', start) - start <= 100);
}

TEST_CASE("every document names every option") {
  for (const std::string_view kind : document_kinds()) {
    const std::string text = parse({"docs", std::string(kind)}).output;
    for (const config::Option& option : config::option_table()) {
      CAPTURE(kind);
      CAPTURE(option.name);
      if (kind == "schema")
        CHECK(text.find("\"" + option.key() + "\": {") != text.npos);
      else if (kind == "markdown")
        CHECK(text.find("### " + std::string(option.name) + "\n") != text.npos);
      else if (kind == "fish")
        CHECK((option.flag().empty() || text.find("-l " + option.flag().substr(2) + " ") != text.npos));
      else if (kind != "man")  // troff writes dashes its own way
        CHECK(text.find(option.flag()) != text.npos);
    }
  }
}
