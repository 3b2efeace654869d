#include "config/health_options.h"

#include <doctest/doctest.h>

#include "config/load.h"
#include "config/print_config.h"

using namespace lastcall;
using namespace lastcall::config;

namespace {

using Texts = std::vector<std::string>;

constexpr const char* kProxied = "listen: 127.0.0.1:8080\ncommand: [app]\n";
constexpr const char* kAlone = "no_proxy: true\ncommand: [app]\n";

Settings from_yaml(const std::string& yaml, const char* base = kProxied) {
  const Result<Settings> loaded = load_text(base + yaml);
  CHECK_MESSAGE(loaded.ok(), (loaded.ok() ? std::string() : loaded.error().message));
  return loaded.ok() ? loaded.value() : Settings{};
}

std::string mistake(const std::string& yaml, const char* base = kProxied) {
  const Result<Settings> loaded = load_text(base + yaml);
  return loaded.ok() ? "" : loaded.error().message;
}

std::string refusal(std::string_view option, std::string_view text) {
  Settings settings;
  const Status status = find_option(option)->set(settings, text);
  return status ? "" : status.error().message;
}

bool says(const std::string& message, std::string_view words) {
  INFO(message);
  return message.find(words) != message.npos;
}

}  // namespace

TEST_CASE("ready: each kind of sign is understood, and TCP is what is left") {
  CHECK(from_yaml("").ready == ReadySettings{});
  const Settings http = from_yaml("ready: {http: /healthz, status: [200-299, 401], timeout: 5s}");
  CHECK(http.ready.http == "/healthz");
  CHECK(http.ready.status == std::vector<StatusRange>{{200, 299}, {401, 401}});
  CHECK(http.ready.timeout == seconds(5));
  CHECK(from_yaml("ready: {exec: [pg_isready, -p, 5432]}").ready.exec == Texts{"pg_isready", "-p", "5432"});
  CHECK(from_yaml("ready: {log: \"listening on .*:[0-9]+\"}").ready.log == "listening on .*:[0-9]+");
  CHECK(from_yaml("ready: {notify: true}").ready.notify);
}

TEST_CASE("ready: two kinds at once are a mistake that names both") {
  CHECK(says(mistake("ready: {http: /x, notify: true}"), "ready.notify: beside ready.http: readiness has one sign; leave one of the two out"));
  CHECK(says(mistake("ready: {exec: [a], log: b}"), "ready.log: beside ready.exec"));
}

TEST_CASE("live: each kind of question, its rhythm and the watchdog") {
  CHECK(from_yaml("").live == LiveSettings{});
  const Settings http = from_yaml("live: {http: /livez, status: 200-499, interval: 2s, timeout: 500ms, rise: 2, fall: 5, watchdog: 30s}");
  CHECK(http.live.http == "/livez");
  CHECK(http.live.status == std::vector<StatusRange>{{200, 499}});
  CHECK(http.live.interval == seconds(2));
  CHECK(http.live.timeout == milliseconds(500));
  CHECK(http.live.rise == 2);
  CHECK(http.live.fall == 5);
  CHECK(http.live.watchdog == seconds(30));
  CHECK(from_yaml("live: {tcp: true}").live.asks());
  CHECK(from_yaml("live: {exec: [check, --fast]}", kAlone).live.exec == Texts{"check", "--fast"});
  CHECK_FALSE(from_yaml("live: {watchdog: 1s}", kAlone).live.asks());
  CHECK(says(mistake("live: {http: /x, tcp: true}"), "live.tcp: beside live.http: one question is asked"));
}

TEST_CASE("live: a rhythm without a question is a mistake that says what is missing") {
  for (const char* option : {"interval: 3s", "timeout: 1s", "rise: 2", "fall: 2"})
    CHECK(says(mistake(std::string("live: {") + option + "}"), "not what: write live.http, live.tcp or live.exec"));
  CHECK(says(mistake("live: {tcp: true, status: 200}"), "live.status: is about the answers to live.http, which is not set"));
  CHECK(says(mistake("ready: {status: 200}"), "ready.status: is about the answers to ready.http, which is not set"));
}

TEST_CASE("health: what needs the command's address or its HTTP is refused where there is none") {
  for (const char* text : {"ready: {http: /x}", "live: {http: /x}", "live: {tcp: true}"})
    CHECK(says(mistake(text, kAlone), "which nobody knows with no_proxy; use exec, log or notify"));
  for (const char* text : {"tcp: true\nready: {http: /x}", "tcp: true\nlive: {http: /x}"})
    CHECK(says(mistake(text), "asks by HTTP, but with tcp the command speaks another protocol"));
  CHECK(mistake("tcp: true\nlive: {tcp: true}").empty());
  CHECK(mistake("ready: {log: ready}\nlive: {exec: [check]}", kAlone).empty());
}

TEST_CASE("health: one NOTIFY_SOCKET at a time (P58, G148)") {
  CHECK(says(mistake("env: {systemd: true}\nready: {notify: true}"), "env.systemd: hands on our manager's NOTIFY_SOCKET, but ready.notify"));
  CHECK(says(mistake("env: {systemd: true}\nlive: {watchdog: 5s}"), "but live.watchdog gives the command one of our own"));
}

TEST_CASE("health: values that mean nothing are refused with what would") {
  CHECK(refusal("ready.status", "100") == "\"100\" is no status of an answer; write 204, or a range such as 200-399");
  for (const char* text : {"", "2xx", "399-200", "200-", "-200", "200-600", "200-399-400", "0200000"}) CHECK(refusal("live.status", text) != "");
  CHECK(refusal("ready.log", "listening (") == "\"listening (\" is not a regular expression: Unmatched ( or \\(");
  CHECK(refusal("ready.log", "(.)\\1") == "\"(.)\\1\" is not a regular expression: back references such as \\1 are not supported");
  CHECK(refusal("live.fall", "0") == "0 answers decide nothing; write 1 or more");
  CHECK(refusal("live.interval", "10ms") == "\"10ms\" is not between 100ms and a time that ever ends");
  CHECK(refusal("live.timeout", "infinity") != "");
  CHECK(refusal("live.watchdog", "0s") != "");
  CHECK(says(mistake("live: {exec: check --fast}"), "live.exec: a text is not split into words, because there is no shell; write for example exec: [check]"));
}

TEST_CASE("health: an answer is accepted by the ranges given, by 2xx and 3xx where none is") {
  CHECK(accepts({}, 200));
  CHECK(accepts({}, 399));
  CHECK_FALSE(accepts({}, 404));
  CHECK_FALSE(accepts({}, 500));
  CHECK(accepts({{200, 200}, {404, 499}}, 404));
  CHECK_FALSE(accepts({{200, 200}, {404, 499}}, 302));
}

TEST_CASE("health: what is printed is read again as the same") {
  const Settings settings = from_yaml("ready: {exec: [sh, -c, \"test -e /tmp/x\"]}\nlive: {http: /l, status: [200, 300-399], fall: 4, watchdog: 1500ms}");
  const Result<Settings> again = load_text(print_config(settings));
  REQUIRE(again.ok());
  CHECK(again.value().ready == settings.ready);
  CHECK(again.value().live == settings.live);
  const Result<Settings> plain = load_text(print_config(from_yaml("")));
  REQUIRE(plain.ok());
  CHECK(plain.value().live == LiveSettings{});
}
