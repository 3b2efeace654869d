// The two processes: kill -9 of the worker under load (issue 2, 4).
#include <csignal>

#include "e2e.h"
#include "support/load_loop.h"

using namespace lastcall::test;

namespace {

// Clients with a request each, while nobody accepts them.
std::vector<HttpClient> queue_up(LastcallRun& run, const std::string& method, const std::string& target, const std::string& body = "") {
  std::vector<HttpClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(run.port());
    REQUIRE(clients.back().connected());
    REQUIRE(clients.back().send_request(method, target, body));
  }
  return clients;
}

void check_20_are_answered(std::vector<HttpClient>& clients) {
  int answered = 0;
  for (HttpClient& client : clients) answered += client.read_response().response.status == 200;
  CHECK(answered == 20);
}

}  // namespace

TEST_CASE("kill -9 of the worker under load: the next one serves at once, the port never refuses, the child never notices") {
  LastcallRun run(run_node("express_app.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const std::vector<int> children = run.child_pids();
  const int first = run.worker_pid();
  REQUIRE(children.size() == 1);
  REQUIRE(first > 0);

  LoadLoop load({{.port = run.port(), .clients = 8, .think_min = 0ms, .think_max = 10ms}}, 1);
  load.run_until_answered(100);
  ::kill(first, SIGKILL);
  load.run_until_answered(load.counts().answered + 400);
  const LoadCounts counts = load.counts();
  INFO("first problem: ", counts.problems.empty() ? "none" : counts.problems.front());
  CHECK(counts.answered >= 500);
  CHECK(counts.refused_early == 0);
  CHECK(counts.unconnected == 0);
  CHECK(counts.wrong == 0);
  CHECK(counts.losses() <= 8);  // at most the one request of each client that the dead worker held

  REQUIRE(run.wait_event("worker_died"));
  CHECK(run.wait_event("worker_died")->number("worker_pid") == first);
  REQUIRE(run.wait_event("worker_started", kPatience, 1));
  CHECK(run.worker_pid() != first);
  CHECK(run.child_pids() == children);
  run.stop();
  load.set_stopping();
  load.run_to_end(10s);
  CHECK_EXIT(run, 0);
}

TEST_CASE("a connection made while no worker lives is served by the next one") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  for (int round = 0; round < 2; ++round) {  // from the third death in 10 s on there is a pause
    ::kill(run.worker_pid(), SIGKILL);
    HttpClient client(run.port());
    REQUIRE(client.connected());
    REQUIRE(client.send_request("GET", "/"));
    CHECK(client.read_response().response.status == 200);
    REQUIRE(run.wait_event("worker_started", kPatience, round + 1));
  }
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a stop while a crashed worker has no successor yet: 20 clients that wait in the queue are answered, none is reset") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  for (int death = 0; death < 5; ++death) {  // from the third one on there is a pause, twice as long each time
    REQUIRE(run.wait_event("worker_started", kPatience, death));
    ::kill(run.worker_pid(), SIGKILL);
    REQUIRE(run.wait_event("worker_died", kPatience, death));
  }
  std::vector<HttpClient> clients = queue_up(run, "GET", "/");
  CHECK(run.events("worker_started").size() == 5);  // nobody serves
  run.stop();
  check_20_are_answered(clients);
  CHECK_EXIT(run, 0);
  CHECK(run.events("worker_started").size() == 6);
  CHECK(run.events("connections_lost").empty());
}

TEST_CASE("a worker that dies between the word to stop accepting and its close: 20 clients that wait in the queue are answered, none is reset") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const int worker = run.worker_pid();
  REQUIRE(worker > 0);
  ::kill(worker, SIGSTOP);  // so it does not come to its close
  std::vector<HttpClient> clients = queue_up(run, "POST", "/echo", "words");
  run.stop();
  REQUIRE(run.wait_event_where("phase", [](const Event& event) { return event.text("phase") == "draining"; }));
  ::kill(worker, SIGKILL);
  check_20_are_answered(clients);
  CHECK_EXIT(run, 0);
  CHECK(run.events("worker_started").size() == 2);
  CHECK(run.events("connections_lost").empty());
  CHECK(run.since_stop() < 4000ms);
}

TEST_CASE("a worker that dies during the drain is not replaced, and does not hold the stop") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient slow(run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=60000"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  ::kill(run.worker_pid(), SIGKILL);
  CHECK(run.wait_exit().has_value());
  CHECK(run.since_stop() < 4000ms);
  CHECK(run.events("worker_started").size() == 1);
  CHECK(leftovers().empty());
}

TEST_CASE("the worker ignores the signals of the terminal and of its group: only the channel commands it") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const int worker = run.worker_pid();
  HttpClient client(run.port());
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE}) {
    ::kill(worker, signal);
    CHECK(client.request("GET", "/").response.status == 200);
  }
  CHECK(is_living(worker));
  run.stop();
  CHECK_EXIT(run, 0);
}
