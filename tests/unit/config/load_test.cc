#include "config/load.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

using namespace lastcall;
using namespace lastcall::config;
using Texts = std::vector<std::string>;

namespace {

// A file for one test, gone at its end.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    const int fd = mkstemp(path_);
    REQUIRE(fd >= 0);
    REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(fd);
  }
  ~TemporaryFile() { unlink(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/lastcall-load-XXXXXX";
};

Assignment flag(std::string_view name, Texts texts) {
  const Option* option = find_option(name);
  Assignment assignment{option, {option->flag()}, {}};
  for (std::string& text : texts) assignment.values.push_back({std::move(text), {option->flag()}});
  return assignment;
}

Texts texts_of(const Diagnostics& diagnostics) {
  Texts texts;
  for (const Diagnostic& diagnostic : diagnostics) texts.push_back(to_string(diagnostic));
  return texts;
}

Settings settings_of(const Sources& sources) {
  const Loaded loaded = load(sources);
  CHECK(texts_of(loaded.diagnostics) == Texts{});
  return loaded.settings;
}

Sources with_environment(Environment environment, PlatformFacts facts = {}) {
  Sources sources;
  sources.environment = std::move(environment);
  sources.facts = facts;
  return sources;
}

}  // namespace

TEST_CASE("flags win over environment over file over platform over default") {
  const TemporaryFile file("grace: 41s\nstop: {signal: INT}\nlog: {level: warn}\nlisten: [':1', ':2']\n");
  Sources sources = with_environment({"LASTCALL_GRACE=42s", "LASTCALL_STOP_SIGNAL=QUIT", "LASTCALL_LISTEN=:3", "DYNO=x"});
  sources.file = file.path();
  sources.flags = {flag("grace", {"43s"})};
  const Settings settings = settings_of(sources);
  CHECK(settings.grace.grace == seconds(43));
  CHECK(settings.grace_source == "--grace");
  CHECK(settings.stop_signal == 3);
  CHECK(settings.log_level == LogLevel::warn);
  CHECK(settings.listen == std::vector<Address>{Address::parse(":3").value()});  // replaces, never appends
  CHECK(settings.timeouts == TimeoutSettings{});
}

TEST_CASE("several copies are started again after a failure, unless the user decides (decision 16)") {
  using core::RestartMode;
  const auto mode = [](std::vector<Assignment> flags) {
    Sources sources;
    sources.flags = std::move(flags);
    return settings_of(sources).restart.mode;
  };
  CHECK(mode({}) == RestartMode::never);
  CHECK(mode({flag("instances", {"1"})}) == RestartMode::never);
  CHECK(mode({flag("instances", {"2"})}) == RestartMode::on_failure);
  CHECK(mode({flag("instances", {"2"}), flag("restart.policy", {"never"})}) == RestartMode::never);
  CHECK(mode({flag("instances", {"2"}), flag("restart.policy", {"always"})}) == RestartMode::always);
}

TEST_CASE("the source of the grace is remembered, for the log (G155)") {
  const TemporaryFile file("grace: 20s\n");
  Sources sources = with_environment({"KUBERNETES_SERVICE_HOST=x"});
  CHECK(settings_of(sources).grace_source == "kubernetes");
  sources.file = file.path();
  CHECK(settings_of(sources).grace_source == file.path());
  sources.environment.push_back("LASTCALL_GRACE=8s");
  CHECK(settings_of(sources).grace_source == "LASTCALL_GRACE");
}

TEST_CASE("Kubernetes gets a lame duck that fits the grace, unless the user decides, or there is no proxy") {
  Sources sources = with_environment({"KUBERNETES_SERVICE_HOST=x"});
  CHECK(settings_of(sources).grace.lame_duck == milliseconds(4500));
  sources.flags = {flag("grace", {"10s"})};
  CHECK(settings_of(sources).grace.lame_duck == milliseconds(1500));
  sources.flags = {flag("grace", {"10s"}), flag("stop_timeout", {"9s"})};
  CHECK_FALSE(settings_of(sources).grace.lame_duck.has_value());  // nobody asked for it, so it makes room
  sources.flags = {flag("lame_duck", {"0"})};
  CHECK(settings_of(sources).grace.lame_duck == Duration::zero());
  sources.flags = {flag("no_proxy", {"true"})};
  CHECK_FALSE(settings_of(sources).grace.lame_duck.has_value());
  CHECK_FALSE(settings_of(with_environment({"DYNO=x"})).grace.lame_duck.has_value());
}

TEST_CASE("without listen, clients come to $PORT, else to 8080; without a proxy nobody comes") {
  const auto listen = [](Environment environment) { return settings_of(with_environment(std::move(environment))).listen; };
  CHECK(listen({}) == std::vector<Address>{Address::parse(":8080").value()});
  CHECK(listen({"PORT="}) == std::vector<Address>{Address::parse(":8080").value()});
  CHECK(listen({"PORT=3000"}) == std::vector<Address>{Address::parse(":3000").value()});
  CHECK(listen({"PORT=3000", "LASTCALL_LISTEN=127.0.0.1:80"}) == std::vector<Address>{Address::parse("127.0.0.1:80").value()});
  CHECK(listen({"PORT=nonsense", "LASTCALL_NO_PROXY=1"}).empty());
  CHECK(texts_of(load(with_environment({"PORT=nonsense"})).diagnostics) ==
        Texts{"PORT: \"nonsense\" is not a port, and without --listen lastcall listens there"});
}

TEST_CASE("the mistakes of all sources come together, each with its place") {
  const TemporaryFile file("gracee: 41s\nstop: {signal: NOPE}\ntcp: true\n");
  Sources sources = with_environment({"LASTCALL_LOG_LEVEL=loud", "LASTCALL_NOPE=1"});
  sources.file = file.path();
  sources.flags = {flag("grace", {"soon"}), flag("ready.http", {"/x"})};
  const Loaded loaded = load(sources);
  const Texts wanted{file.path() + ":1:1: unknown key \"gracee\"; did you mean grace?",
                     file.path() + ":2:16: stop.signal: \"NOPE\" is not a signal; write for example TERM, QUIT, INT or RTMIN+3",
                     "LASTCALL_NOPE: no option has this name; lastcall --help lists them all",
                     "LASTCALL_LOG_LEVEL: \"loud\" is none of the choices; write debug, info, warn, error or off",
                     "--grace: \"soon\" is not a duration; write for example 30s, 1m30s, 250ms or infinity",
                     "--ready-http: asks by HTTP, but with tcp the command speaks another protocol; leave it out"};
  REQUIRE(loaded.diagnostics.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(to_string(loaded.diagnostics[i]) == wanted[i]);
  CHECK_FALSE(loaded.diagnostics[0].usage);
  CHECK(loaded.diagnostics[4].usage);        // the command line itself is wrong
  CHECK_FALSE(loaded.diagnostics[5].usage);  // the combination is
}

TEST_CASE("an unreadable file is a mistake like any other") {
  Sources sources = with_environment({"LASTCALL_NOPE=1"});
  sources.file = "/nowhere/lastcall.yaml";
  const Texts texts = texts_of(load(sources).diagnostics);
  REQUIRE(texts.size() == 2);
  CHECK(texts[0] == "/nowhere/lastcall.yaml: can't be read: No such file or directory");
}

TEST_CASE("a mistaken grace does not make every part of it look too long") {
  Sources sources = with_environment({});
  sources.flags = {flag("grace", {"9O s"}), flag("lame_duck", {"40s"})};
  CHECK(load(sources).diagnostics.size() == 1);
}

TEST_CASE("an empty list is a mistake: it would switch off what it was meant to set") {
  const TemporaryFile file("listen: []\n");
  Sources sources = with_environment({});
  sources.file = file.path();
  CHECK(texts_of(load(sources).diagnostics) ==
        Texts{file.path() + ":1:1: listen: the list is empty; leave it out, or write for example :8080"});
}
