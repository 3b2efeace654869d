// `lastcall rehearse`: children with every manner towards a stop are played through, and each gets the verdict and the advice that it
// deserves, in the exit code, in JSON and in words (issue 5, 8).
#include <algorithm>
#include <csignal>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "e2e.h"
#include "support/pty.h"

using namespace lastcall::test;
using Json = nlohmann::json;

namespace {

// A rehearsal takes as long as it must; these are short ones.
Words brief(Words more) {
  Words words{"rehearse", "--duration", "200ms", "--timeouts-upstream-idle", "100ms"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Process start(const Words& words, const Words& child) {
  SpawnOptions spawn{.argv = {lastcall_binary()}, .environment = {{"NODE_PATH", "/usr/share/nodejs"}}};
  spawn.argv.insert(spawn.argv.end(), words.begin(), words.end());
  if (!child.empty()) spawn.argv.push_back("--");
  spawn.argv.insert(spawn.argv.end(), child.begin(), child.end());
  return Process(spawn);
}

struct Result {
  int code = -1;
  std::string out, err;
};

Result end_of(Process& process) {
  const auto status = process.wait_exit();
  CHECK_MESSAGE(leftovers().empty(), "left behind: ", to_string(leftovers()));
  return {status && !status->by_signal ? status->value : -1, process.out().text(), process.err().text()};
}

Result rehearse(const Words& words, const Words& child) {
  Process process = start(words, child);
  return end_of(process);
}

struct Judged {
  int code;
  Json json;
  Json finding(const std::string& name) const {
    for (const Json& each : json["findings"])
      if (each["name"] == name) return each;
    return Json::object({{"verdict", "absent"}, {"text", ""}, {"advice", ""}});
  }
  std::string verdict(const std::string& name) const { return finding(name)["verdict"]; }
  std::string advice(const std::string& name) const { return finding(name)["advice"]; }
  static std::uint64_t losses(const Json& run) {
    const Json& load = run["after_stop"];
    return load["lost"].get<std::uint64_t>() + load["reset"].get<std::uint64_t>() + load["truncated"].get<std::uint64_t>() +
           load["invalid"].get<std::uint64_t>();
  }
};

Judged judge(Words words, const Words& child) {
  words.push_back("--json");
  const Result result = rehearse(words, child);
  CAPTURE(result.err);
  Json json = Json::parse(result.out, nullptr, false);
  REQUIRE_MESSAGE(json.is_object(), result.out);
  INFO(json.dump(1));
  return {result.code, std::move(json)};
}

// By somebody else's eyes: a validator of JSON Schema, draft 7.
void check_schema(const Json& json) {
  TempDir directory;
  const std::string program =
      "import json, sys, jsonschema\n"
      "schema = json.load(open(sys.argv[1]))\n"
      "jsonschema.Draft7Validator.check_schema(schema)\n"
      "jsonschema.validate(json.load(open(sys.argv[2])), schema)\n";
  Process python({.argv = {"python3", "-c", program, child_file("../../../docs/rehearse.schema.json"),
                           directory.write("rehearsal.json", json.dump())}});
  const auto status = python.wait_exit();
  CHECK_MESSAGE(status == (ExitStatus{false, 0}), python.output());
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an Express app without handlers: safe behind lastcall, told that it has none, and shown what it loses without") {
  const Judged judged = judge({"rehearse", "--duration", "300ms", "--path", "/slow?ms=150"}, node("express_app.js"));
  CAPTURE(judged.json.dump(1));
  CHECK(judged.code == 0);
  CHECK(judged.json["passed"] == true);
  CHECK(judged.verdict("stop_signal") == "warn");
  CHECK(judged.verdict("keep_alive") == "pass");
  CHECK(judged.verdict("requests") == "pass");
  CHECK(judged.json["with_lastcall"]["in_flight_at_stop"] == 20);
  CHECK(Judged::losses(judged.json["with_lastcall"]) == 0);
  CHECK(Judged::losses(judged.json["without_lastcall"]) > 0);  // the control
  check_schema(judged.json);
}

TEST_CASE("a child in good order passes even a strict rehearsal, on every line") {
  const Result result = rehearse(brief({"--strict", "--no-compare"}), tiny_server({"--exit-on-term", "0"}));
  CAPTURE(result.out);
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(says(result.out, "✓ stop signal   it handles SIGTERM and ends by itself, exit code 0"));
  CHECK(says(result.out, "✓ requests      20 requests in flight at the stop, none lost"));
  CHECK(!says(result.out, "✗"));
  CHECK(!says(result.out, "  ! "));
  CHECK(says(result.out, "\npassed\n"));
  CHECK(result.err.empty());
}

TEST_CASE("a child that ignores its stop signal fails; the advice names the signal, the text the grace") {
  const Judged judged = judge(brief({"--grace", "1s", "--no-compare"}), tiny_server({"--ignore-term"}));
  CHECK(judged.code == 1);
  CHECK(judged.verdict("stop_signal") == "fail");
  CHECK(says(judged.finding("stop_signal")["text"], "ignores SIGTERM"));
  CHECK(says(judged.finding("stop_signal")["text"], "1.00 s"));
  CHECK(says(judged.advice("stop_signal"), "--stop-signal"));
  CHECK(judged.json["with_lastcall"]["stop_signal_is"] == "ignored");
  CHECK(judged.verdict("exit_code") == "fail");
  CHECK(judged.verdict("grace") == "pass");  // lastcall itself was in time
}

TEST_CASE("a child that never becomes ready is no rehearsal: 124, with what it and lastcall said") {
  const Result result = rehearse({"rehearse", "--ready-timeout", "300ms"}, tiny_server({"--no-listen"}));
  CHECK(result.code == 124);
  CHECK(result.out.empty());
  CHECK(says(result.err, "could not rehearse"));
  CHECK(says(result.err, "not listening"));  // its own words
}

// With LASTCALL_FULL=1 the hint alone ends it, 5 s after the start and 55 s before the timeout would.
TEST_CASE("a child that listens elsewhere than it was told to is no rehearsal: 124, with the flag that helps (decision 10)") {
  const FreePort elsewhere;
  Words words{"rehearse"};
  if (std::getenv("LASTCALL_FULL") == nullptr) words.insert(words.end(), {"--ready-timeout", "300ms"});
  const auto started = Clock::now();
  const Result result = rehearse(words, tiny_server({"--port", elsewhere.text()}));
  CHECK(result.code == 124);
  CHECK(says(result.err, "--upstream 127.0.0.1:" + elsewhere.text()));
  CHECK(elapsed_since(started) < 30s);
}

TEST_CASE("a command that is not there is 127, a mistyped option 64, a broken configuration 78, as without rehearse") {
  CHECK(rehearse({"rehearse"}, {"/no/such/command"}).code == 127);
  CHECK(rehearse({"rehearse", "--platform", "nomad"}, {"true"}).code == 64);
  CHECK(rehearse({"rehearse", "--grace", "1s", "--stop-timeout", "9s"}, {"true"}).code == 78);
  CHECK(rehearse({"rehearse", "--help"}, {}).code == 0);
}

TEST_CASE("G61: a child that closes idle connections before our pool does fails, and the advice names the option and a value that passes") {
  const Words child = tiny_server({"--exit-on-term", "0", "--idle-close", "450"});
  const Words words{"rehearse", "--duration", "300ms", "--no-compare", "--load", "2", "--timeouts-upstream-idle"};
  const auto with = [&](const std::string& idle) {
    Words all = words;
    all.push_back(idle);
    return judge(all, child);
  };
  const Judged before = with("1s");
  CHECK(before.code == 1);
  CHECK(before.verdict("keep_alive") == "fail");
  CHECK(says(before.advice("keep_alive"), "--timeouts-upstream-idle 200ms"));
  const Judged after = with("200ms");
  CHECK(after.code == 0);
  CHECK(after.verdict("keep_alive") == "pass");
}

TEST_CASE("what a child leaves behind is found; a grace beyond the platform's limit fails; the platform's own signal is sent") {
  const Judged judged =
      judge(brief({"--platform", "fly", "--grace", "8s", "--no-compare"}), tiny_server({"--exit-on-term", "0", "--stray", "quiet"}));
  CHECK(judged.code == 1);
  CHECK(judged.verdict("grace") == "fail");
  CHECK(says(judged.advice("grace"), "kill_timeout"));
  CHECK(judged.json["platform_signal"] == "SIGINT");
  CHECK(judged.json["with_lastcall"]["stop_signal"] == "SIGTERM");  // the child's own, whatever we received
  CHECK(judged.verdict("descendants") == "warn");
  CHECK(judged.json["with_lastcall"]["left_behind"] == 1);
}

TEST_CASE("requests that run longer than the drain are counted as lost, and the advice is a longer grace") {
  const Judged judged = judge(brief({"--grace", "600ms", "--load", "3", "--path", "/slow?ms=1200", "--no-compare"}), tiny_server());
  CHECK(judged.code == 1);
  CHECK(judged.verdict("requests") == "fail");
  CHECK(judged.json["with_lastcall"]["report"]["dropped_finite"] == 3);
  CHECK(says(judged.advice("requests"), "--grace"));
}

TEST_CASE("with --wait the traffic is the user's, on the port that was asked for, and Ctrl-C is the stop") {
  const FreePort port;
  Process process = start({"rehearse", "--wait", "--listen", port.address()}, tiny_server({"--exit-on-term", "0"}));
  REQUIRE(process.wait_line("ready on 127\\.0\\.0\\.1:" + port.text()).has_value());
  CHECK(fetch(port.number(), "/").response.status == 200);
  process.signal(SIGINT);
  const Result result = end_of(process);
  CAPTURE(result.out);
  CHECK(result.code == 0);
  CHECK(says(result.out, "✓ stop signal"));
  CHECK(says(result.out, "the traffic was yours"));
}

TEST_CASE("without a proxy the end of the command is rehearsed all the same") {
  const Judged judged = judge({"rehearse", "--duration", "100ms", "--no-proxy"}, tiny({"signals"}));
  CHECK(judged.code == 0);
  CHECK(judged.verdict("stop_signal") == "pass");
  CHECK(judged.verdict("traffic") == "absent");
}

TEST_CASE("a command that floods its output does not keep the rehearsal from its end") {
  CHECK(rehearse({"rehearse", "--duration", "200ms", "--no-proxy"}, {"yes"}).code == 0);
}

TEST_CASE("at a terminal it says what it is doing, in colours, and Ctrl-C ends it") {
  Pty pty;
  SpawnOptions spawn{
      .argv = {lastcall_binary(), "rehearse", "--duration", "1h", "--"}, .environment = {{"TERM", "xterm"}}, .terminal = pty.slave()};
  for (const std::string& word : tiny_server()) spawn.argv.push_back(word);
  Process process(spawn);
  pty.close_slave();
  REQUIRE(pty.wait_text("rehearsal: serving") != std::string::npos);
  pty.type(kCtrlC);
  const auto status = process.wait_exit();
  CHECK(status == ExitStatus{false, 128 + SIGINT});
  CHECK(leftovers().empty());
}

TEST_CASE("an interrupted rehearsal ends its lastcall and its command in order, and says which signal it was") {
  Process process = start({"rehearse", "--duration", "1h", "--verbose"}, tiny_server({"--log-term"}));
  REQUIRE(process.wait_line("listening").has_value());
  process.signal(SIGTERM);
  REQUIRE(process.wait_line("signal 15").has_value());  // the command heard of it
  process.signal(SIGTERM);                              // and is taken with us the second time
  const Result result = end_of(process);
  CHECK(result.code == 128 + SIGTERM);
  CHECK(says(result.err, "interrupted"));
}
