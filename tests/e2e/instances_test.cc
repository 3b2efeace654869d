// Several copies of the command behind one lastcall: what each is told, how they end together and alone, and what becomes of the service.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "e2e.h"
#include "support/control_client.h"
#include "support/process_tree.h"
#include "support/load_loop.h"

using namespace lastcall::test;

namespace {

// A shell program that becomes one of these, by its number; `$TINY` is the small child.
Words by_number(const std::string& cases) {
  return {"/bin/sh", "-c", "TINY='" + tiny({}).front() + "'; case $INSTANCE in " + cases + " esac"};
}

const std::string kSecondHangs = "1) exec $TINY serve --no-listen --ignore-term;; *) exec $TINY wait;;";

RunOptions without_proxy(const Words& flags, const Words& child) {
  RunOptions options{.flags = {"--no-proxy", "--instances", "3", "--restart-delay", "10ms"}, .child = child, .listen = false};
  options.flags.insert(options.flags.end(), flags.begin(), flags.end());
  return options;
}

// Whether SIGTERM is in that set: "SigCgt" once a copy has got as far as its handler, "SigIgn" once it ignores it.
bool term_is_in(const char* set, int pid) {
  const std::string mask = process_status(pid, set);
  return !mask.empty() && (std::stoull(mask, nullptr, 16) >> (SIGTERM - 1) & 1) != 0;
}

bool is_alive(int pid) { return ::kill(pid, 0) == 0; }

std::vector<Event> of_copy(std::vector<Event> events, int number) {
  std::erase_if(events, [&](const Event& event) { return event.number("instance") != number; });
  return events;
}

int pid_of(LastcallRun& run, int number) {
  return static_cast<int>(of_copy(run.events("child_started"), number).front().number("child_pid"));
}

// The copy of kSecondHangs that hangs does so now.
bool wait_deaf(LastcallRun& run) {
  return run.process().wait_until([&run, pid = pid_of(run, 1)] { return term_is_in("SigIgn", pid); });
}

bool wait_started(LastcallRun& run, int copies) { return run.wait_event("child_started", kPatience, copies - 1).has_value(); }

}  // namespace

TEST_CASE("of several copies each has a line when it is ready, and `ready` says how many they are: the first one opens the doors") {
  const std::string server = "'" + tiny({}).front() + "' serve";
  LastcallRun run({.flags = {"--instances", "3"},
                   .child = {"/bin/sh", "-c", "test $0 = 1 && exec " + server + "; exec " + server + " --listen-delay 300", "{instance}"}});
  SHOW_LOG(run);
  const auto ready = run.wait_event("ready");
  REQUIRE(ready);
  CHECK(ready->text("instances") == "3");
  CHECK(ready->text("child_pid").empty());
  REQUIRE(run.wait_event("instance_ready", kPatience, 2));
  const auto copies = run.events("instance_ready");
  CHECK(copies.front().text("instance") == "1");
  CHECK(copies.front().text("child_pid") == std::to_string(pid_of(run, 1)));
  for (int number = 0; number < 3; ++number) CHECK(of_copy(copies, number).size() == 1);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("each copy has a port and a number of its own, in its variables and its arguments (decision 16)") {
  LastcallRun run({.flags = {"--instances", "3"},
                   .child = {"/bin/sh", "-c", "echo \"me $INSTANCE $0 $PORT $1.\"; exec '" + tiny({}).front() + "' serve",
                             "{instance}", "{port}"}});
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_ready", kPatience, 2));
  std::set<std::string> ports;
  for (int number = 0; number < 3; ++number) {
    const std::string start = "me " + std::to_string(number) + " " + std::to_string(number) + " ";
    const std::size_t at = run.log().find(start);
    REQUIRE(at != std::string::npos);
    const std::string line = run.log().substr(at + start.size(), run.log().find('.', at) - at - start.size());
    const std::string port = line.substr(0, line.find(' '));
    CHECK(line == port + " " + port);
    ports.insert(port);
  }
  CHECK(ports.size() == 3);
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("one signal ends every copy; a hung one is killed at its time, and the others ended long before (exit 137)") {
  RunOptions options = without_proxy({"--stop-timeout", "700ms"}, by_number(kSecondHangs));
  options.grace = "4s";
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(wait_started(run, 3));
  REQUIRE(run.wait_ready());
  REQUIRE(wait_deaf(run));
  run.stop();
  CHECK_EXIT(run, 137);
  CHECK(run.events("child_signalled").size() == 3);
  REQUIRE(run.events("child_killed").size() == 1);
  CHECK(run.events("child_killed").front().number("instance") == 1);
  for (const int number : {0, 2}) CHECK(of_copy(run.events("child_exited"), number).front().number("t0_ms") < 500);
}

TEST_CASE("a copy that fails is started again, whatever the others do; without a word on-failure is the policy") {
  LastcallRun run(without_proxy({}, tiny({"wait"})));
  SHOW_LOG(run);
  REQUIRE(wait_started(run, 3));
  const int second = static_cast<int>(of_copy(run.events("child_started"), 1).front().number("child_pid"));
  ::kill(second, SIGKILL);
  REQUIRE(wait_started(run, 4));
  CHECK(run.events("child_started").back().number("instance") == 1);
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.events("child_exited").size() == 4);
}

TEST_CASE("a copy that ends well is not started again; the service ends with the last one") {
  LastcallRun run(without_proxy({}, by_number("0) exit 0;; *) exec $TINY serve --no-listen --exit-on-term 0;;")));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_gone"));
  CHECK(run.events("instance_ended").front().number("left") == 2);
  for (const int number : {1, 2}) {
    const int pid = pid_of(run, number);
    REQUIRE(run.process().wait_until([&] { return term_is_in("SigCgt", pid); }));
    CHECK(is_alive(run.supervisor_pid()));
    ::kill(pid, SIGTERM);
    REQUIRE(run.wait_event("child_exited", kPatience, number));
  }
  CHECK_EXIT(run, 0);
  CHECK(run.events("child_started").size() == 3);
}

TEST_CASE("a copy at its limit of restarts is given up while the others go on, and the exit code tells at the end (P94)") {
  LastcallRun run(without_proxy({"--restart-limit", "1"}, by_number("1) exit 3;; *) exec $TINY wait;;")));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_gone"));
  CHECK(run.events("restarts_given_up").size() == 1);
  CHECK(run.events("instance_ended").front().number("instance") == 1);
  run.stop();
  CHECK_EXIT(run, 3);
  CHECK(run.events("child_started").size() == 4);
}

TEST_CASE("without restarts the end of one copy ends the service in order, with its code") {
  LastcallRun run(without_proxy({"--restart-policy", "never"}, by_number("2) exit 7;; *) exec $TINY wait;;")));
  SHOW_LOG(run);
  CHECK_EXIT(run, 7);
  CHECK(run.events("child_signalled").size() == 2);
  CHECK(run.events("child_killed").empty());
}

TEST_CASE("one copy stopped alone takes what it started along, wherever that went, and nothing of the others'") {
  TempDir place;
  RunOptions options = without_proxy({"--control", place.path() + "/control"}, tiny({"serve", "--no-listen", "--stray", "quiet"}));
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(wait_started(run, 3));
  std::map<std::string, int> strays;
  REQUIRE(run.process().wait_until([&] {
    std::istringstream lines(run.log());
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("stray ")) strays[process_variable(std::stoi(line.substr(6)), "INSTANCE")] = std::stoi(line.substr(6));
    return strays.size() == 3;
  }));
  CHECK(ask_control(place.path() + "/control", "POST", "/v1/instances/1/stop").status == 202);
  REQUIRE(run.wait_event("instance_gone"));
  CHECK(run.process().wait_until([&] { return !is_alive(strays["1"]); }));  // dead by now; it may have to be collected yet
  CHECK(is_alive(strays["0"]));
  CHECK(is_alive(strays["2"]));
  CHECK(run.events("child_started").size() == 3);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("the number of copies changes while they run: a new one takes the free number, the highest one leaves first") {
  TempDir place;
  const std::string socket = place.path() + "/control";
  LastcallRun run(without_proxy({"--control", socket}, tiny({"wait"})));
  SHOW_LOG(run);
  REQUIRE(wait_started(run, 3));
  CHECK(ask_control(socket, "POST", "/v1/instances/0/stop").status == 202);
  REQUIRE(run.wait_event("instance_gone"));
  CHECK(ask_control(socket, "PUT", "/v1/instances", "{\"instances\": 4}").status == 202);
  REQUIRE(wait_started(run, 5));
  CHECK(run.events("child_started")[3].number("instance") == 0);
  CHECK(run.events("child_started")[4].number("instance") == 3);
  CHECK(ask_control(socket, "PUT", "/v1/instances", "{\"instances\": 1}").status == 202);
  REQUIRE(run.wait_event("instance_gone", kPatience, 3));
  CHECK(run.child_pids().size() == 1);
  CHECK(ask_control(socket, "POST", "/v1/instances/0/stop").status == 409);
  CHECK(ask_control(socket, "POST", "/v1/instances/7/stop").status == 404);
  CHECK(ask_control(socket, "PUT", "/v1/instances", "{\"instances\": 17}").status == 400);
  CHECK(ask_control(socket, "POST", "/v1/instances/0/kill").status == 202);
  REQUIRE(wait_started(run, 6));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a stop while one copy leaves alone ends the others at once; that one has its own time, and its end is no verdict") {
  TempDir place;
  const std::string socket = place.path() + "/control";
  RunOptions options = without_proxy({"--control", socket}, by_number(kSecondHangs));
  options.grace = "2s";
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(wait_started(run, 3));
  REQUIRE(run.wait_ready());
  REQUIRE(wait_deaf(run));
  CHECK(ask_control(socket, "POST", "/v1/instances/1/stop").status == 202);
  REQUIRE(run.wait_event("child_signalled"));
  run.stop();
  CHECK_EXIT(run, 0);
  REQUIRE(run.events("child_killed").size() == 1);
  CHECK(run.events("child_killed").front().number("instance") == 1);
  CHECK(run.since_stop() < 2100ms);
}

namespace {

RunOptions three_servers(const Words& flags = {}) {
  RunOptions options{.flags = {"--instances", "3"}, .child = tiny_server()};
  options.flags.insert(options.flags.end(), flags.begin(), flags.end());
  return options;
}

bool wait_all_ready(LastcallRun& run) { return run.wait_event("instance_ready", kPatience, 2).has_value(); }

void check_nothing_lost(const LoadCounts& counts) {
  INFO("first problem: ", counts.problems.empty() ? "none" : counts.problems.front());
  CHECK(counts.spotless());
}

long lines_in(const std::string& path) {
  std::ifstream file(path);
  return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
}

// Who answers, by the pid of the copy.
std::set<std::string> who_answers(std::uint16_t port, int requests) {
  std::set<std::string> pids;
  for (int i = 0; i < requests; ++i) pids.insert(fetch(port, "/pid").response.body);
  return pids;
}

}  // namespace

TEST_CASE("kill -9 of one of three under keep-alive load: no idempotent request fails, and the next one of it serves again") {
  LastcallRun run(three_servers({"--restart-delay", "10ms"}));
  SHOW_LOG(run);
  REQUIRE(wait_all_ready(run));
  LoadLoop load({{.port = run.port(), .clients = 16, .think_max = 5ms, .post_percent = 0, .slow_percent = 10}}, 3);
  load.run_until_answered(300);
  const int victim = static_cast<int>(of_copy(run.events("child_started"), 1).front().number("child_pid"));
  ::kill(victim, SIGKILL);
  load.run_until_answered(load.counts().answered + 700);
  REQUIRE(run.wait_event("ready_again"));
  load.run_until_answered(load.counts().answered + 300);
  check_nothing_lost(load.counts());
  CHECK(load.counts().refused_503 == 0);
  run.stop();
  load.set_stopping();
  CHECK(load.run_to_end(15s));
  check_nothing_lost(load.counts());
  CHECK_EXIT(run, 0);
  CHECK(run.events("child_signalled").size() == 3);
}

TEST_CASE("copies are taken away and added under load, and no request is lost or refused") {
  TempDir place;
  const std::string socket = place.path() + "/control";
  LastcallRun run(three_servers({"--control", socket}));
  SHOW_LOG(run);
  REQUIRE(wait_all_ready(run));
  REQUIRE(run.process().wait_until([&] { return who_answers(run.port(), 3).size() == 3; }));  // the worker has heard of all of them
  LoadLoop load({{.port = run.port(), .clients = 16, .think_max = 5ms, .slow_percent = 10}}, 5);
  load.run_until_answered(200);
  CHECK(ask_control(socket, "PUT", "/v1/instances", "{\"instances\": 1}").status == 202);
  load.run_until_answered(load.counts().answered + 600);
  CHECK(ask_control(socket, "PUT", "/v1/instances", "{\"instances\": 3}").status == 202);
  load.run_until_answered(load.counts().answered + 600);
  CHECK(ask_control(socket, "POST", "/v1/instances/0/stop").status == 202);
  load.run_until_answered(load.counts().answered + 600);
  check_nothing_lost(load.counts());
  CHECK(load.counts().refused_503 == 0);
  REQUIRE(run.wait_event("instance_gone", kPatience, 2));
  CHECK(run.events("child_killed").empty());
  CHECK(run.child_pids().size() == 2);
  run.stop();
  load.set_stopping();
  CHECK(load.run_to_end(15s));
  check_nothing_lost(load.counts());
  CHECK_EXIT(run, 0);
}

TEST_CASE("a request at the copy that leaves finishes before its stop signal; without the wait it would be cut (control: kill)") {
  for (const bool in_order : {true, false}) {
    TempDir place;
    const std::string socket = place.path() + "/control";
    const std::string journal = place.path() + "/journal";
    RunOptions options = three_servers({"--control", socket, "--restart-delay", "1h", "--restart-max-delay", "1h"});
    options.child = tiny_server({"--journal", journal});
    LastcallRun run(options);
    SHOW_LOG(run);
    REQUIRE(wait_all_ready(run));
    REQUIRE(run.process().wait_until([&] { return who_answers(run.port(), 3).size() == 3; }));
    const long before = lines_in(journal);
    std::vector<HttpClient> clients;  // as many as copies: the least busy one gets each
    for (int i = 0; i < 3; ++i) clients.emplace_back(run.port());
    for (HttpClient& client : clients) REQUIRE(client.send_request("POST", "/slow?ms=700"));
    REQUIRE(run.process().wait_until([&] { return lines_in(journal) == before + 3; }));
    CHECK(ask_control(socket, "POST", std::string("/v1/instances/2/") + (in_order ? "stop" : "kill")).status == 202);
    int answered = 0;
    for (HttpClient& client : clients) answered += client.read_response().response.status == 200;
    CHECK(answered == (in_order ? 3 : 2));
    run.stop();
    CHECK_EXIT(run, 0);
  }
}
