// Liveness and the child's watchdog where there are several copies: the one that is not well is replaced alone, and what it had is answered by
// the others; where nobody asks, what it has not taken yet.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>

#include "e2e.h"
#include "support/load_loop.h"

using namespace lastcall::test;

namespace {

const Words kAsked{"--live-http", "/", "--live-interval", "100ms", "--live-timeout", "400ms", "--live-fall", "2"};

RunOptions three(const Words& child, const Words& flags) {
  RunOptions options{.flags = {"--instances", "3", "--restart-delay", "10ms"}, .child = child};
  options.flags.insert(options.flags.end(), flags.begin(), flags.end());
  return options;
}

int pid_of_copy(LastcallRun& run, int number) {
  const auto events = run.events("child_started");
  const auto found = std::ranges::find_if(events, [&](const Event& event) { return event.number("instance") == number; });
  return found == events.end() ? 0 : static_cast<int>(found->number("child_pid"));
}

// Frozen under load: the answers of the others go on, and what the frozen one had is answered by them once it is ended.
void check_frozen_copy(LastcallRun& run, LoadLoop& load, const std::string& why, const std::string& signal) {
  load.run_until_answered(100);
  ::kill(pid_of_copy(run, 1), SIGSTOP);
  while (run.events("ready_again").empty() && load.counts().problems.empty()) load.run_until_answered(load.counts().answered + 50);
  load.run_until_answered(load.counts().answered + 100);
  INFO("first problem: ", load.counts().problems.empty() ? "none" : load.counts().problems.front());
  CHECK(load.counts().spotless());
  CHECK(load.counts().refused_503 == 0);
  REQUIRE(run.events("child_not_alive").size() == 1);
  CHECK(run.events("child_not_alive").front().number("instance") == 1);
  CHECK(run.events("child_not_alive").front().text("why") == why);
  REQUIRE(run.events("child_exited").size() == 1);  // the others are who they were
  CHECK(run.events("child_exited").front().number("instance") == 1);
  CHECK(run.events("child_exited").front().text("signal") == signal);
  CHECK(run.events("child_started").size() == 4);
  CHECK(run.events("ready_again").front().number("instance") == 1);
  run.stop();
  load.set_stopping();
  CHECK(load.run_to_end(15s));
  CHECK(load.counts().spotless());
  CHECK_EXIT(run, 0);
}

// The copy stands still, and its accept queue is full of connections of ours. It takes no more, and nobody but who asks it knows.
std::vector<Fd> freeze(int pid) {
  REQUIRE(pid > 0);  // 0 would be ourselves
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(static_cast<std::uint16_t>(std::stoi(process_variable(pid, "PORT"))));
  ::kill(pid, SIGSTOP);
  std::vector<Fd> fillers;
  do {
    REQUIRE(fillers.size() < 100);
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)::connect(fillers.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (wait_for(fillers.back().get(), POLLOUT, Deadline::in(100ms)) == POLLOUT);
  return fillers;
}

}  // namespace

TEST_CASE("one of three that hangs under load is ended alone; the others go on, and no idempotent request fails or is refused") {
  LastcallRun run(three(tiny_server(), kAsked));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_ready", kPatience, 2));
  LoadLoop load({{.port = run.port(), .clients = 12, .think_max = 5ms, .post_percent = 0, .slow_percent = 5}}, 7);
  check_frozen_copy(run, load, "no answer", "SIGTERM");
}

TEST_CASE("one of three that misses its watchdog gets SIGABRT alone; the others feed theirs, and no idempotent request fails") {
  LastcallRun run(three({"python3", child_file("health_child.py"), "--feed"}, {"--live-watchdog", "500ms"}));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_ready", kPatience, 2));
  LoadLoop load({{.port = run.port(), .clients = 6, .think_min = 2ms, .think_max = 20ms, .post_percent = 0, .slow_percent = 0}}, 9);
  check_frozen_copy(run, load, "no WATCHDOG=1 in time", "SIGABRT");
}

TEST_CASE("what may not be repeated and lies at the copy that hangs gets one honest 502, and the same at the others its answer (control)") {
  TempDir place;
  const std::string journal = place.path() + "/journal";
  LastcallRun run(three(tiny_server({"--journal", journal}), kAsked));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_ready", kPatience, 2));
  const auto taken = [&] {
    std::ifstream file(journal);
    std::string all{std::istreambuf_iterator<char>(file), {}};
    long posts = 0;
    for (std::size_t at = all.find("/slow"); at != all.npos; at = all.find("/slow", at + 1)) ++posts;
    return posts;
  };
  // As many as copies, one after the other: each gets one, whoever has none yet.
  std::vector<HttpClient> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(run.port());
  for (long i = 0; i < 3; ++i) {
    REQUIRE(clients[static_cast<std::size_t>(i)].send_request("POST", "/slow?ms=1500"));
    REQUIRE(run.process().wait_until([&] { return taken() == i + 1; }));
  }
  ::kill(pid_of_copy(run, 1), SIGSTOP);
  std::vector<int> statuses;
  for (HttpClient& client : clients) statuses.push_back(client.read_response().response.status);
  CHECK(std::ranges::count(statuses, 200) == 2);
  CHECK(std::ranges::count(statuses, 502) == 1);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("one of two that hangs with a full queue, which nobody judges, costs a POST a second, not the ten of a connection; then nobody anything") {
  LastcallRun run({.flags = {"--instances", "2"}, .child = tiny_server({"--backlog", "1"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_ready", kPatience, 1));
  const int frozen = pid_of_copy(run, 1);
  const std::vector<Fd> fillers = freeze(frozen);
  const auto start = Clock::now();
  for (int i = 0; i < 10; ++i) {
    HttpClient client(run.port());
    CHECK(client.request("POST", "/echo", "words").response.status == 200);
  }
  CHECK(elapsed_since(start) >= 1s);  // it did draw one
  CHECK(elapsed_since(start) < 5s);
  const auto failed = run.wait_event("upstream_failed");
  REQUIRE(failed);
  CHECK(failed->number("instance") == 1);
  ::kill(frozen, SIGCONT);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("the only one that hangs with a full queue is waited for, and answers once it lives again (control)") {
  LastcallRun run({.child = tiny_server({"--backlog", "1"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const int frozen = static_cast<int>(run.events("child_started").front().number("child_pid"));
  std::vector<Fd> fillers = freeze(frozen);
  HttpClient client(run.port());
  REQUIRE(client.send_request("POST", "/echo", "words"));
  CHECK(wait_for(client.connection().fd(), POLLIN, Deadline::in(2s)) == 0);
  fillers.clear();
  ::kill(frozen, SIGCONT);
  CHECK(client.read_response().response.status == 200);
  CHECK(run.events("upstream_failed").empty());
  run.stop();
  CHECK_EXIT(run, 0);
}
