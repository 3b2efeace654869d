// slowhttptest, the tool that others test their servers with, in its four modes: slow heads, slow bodies, ranges, slow reading. Good
// clients must not notice, and a stop waits for no attacker longer than for the timeout that catches it (G52, G93, G201).
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "played_child.h"

using namespace lastcall::test;

namespace {

constexpr const char* kTool = "/usr/bin/slowhttptest";
constexpr int kAttackers = 100;

struct Attack {
  std::string name;
  Words mode;
  const char* path;
  bool lasts;  // its connections live until a timeout ends them
  int exit_code;
};

Words command_line(const Attack& attack, std::uint16_t port) {
  Words argv{kTool, "-c", std::to_string(kAttackers), "-r", "400", "-l", "60", "-v", "1",
             "-u", "http://127.0.0.1:" + std::to_string(port) + attack.path};
  argv.insert(argv.end(), attack.mode.begin(), attack.mode.end());
  return argv;
}

// Established connections on the server's side of this port.
int connections_at(std::uint16_t port) {
  char wanted[16];
  std::snprintf(wanted, sizeof wanted, ":%04X", port);
  std::istringstream lines(read_file("/proc/net/tcp"));
  int count = 0;
  std::string line, index, local, remote, state;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    words >> index >> local >> remote >> state;
    if (local.ends_with(wanted) && state == "01") ++count;
  }
  return count;
}

struct GoodClients {
  int served = 0;
  Milliseconds slowest = 0ms;
  int most_connections = 0;
};

// Requests one after the other, in turn on a kept connection and on new ones, until they are enough and there were more than that many attackers.
GoodClients be_good(std::uint16_t port, Milliseconds time, int attackers) {
  GoodClients good;
  HttpClient kept(port);
  const auto end = Clock::now() + time;
  const Deadline last = Deadline::in(kPatience);
  while (Clock::now() < end || ((good.served < 5 || good.most_connections <= attackers) && !last.passed())) {
    const auto start = Clock::now();
    const Exchange exchange = good.served % 2 == 0 ? kept.request("GET", "/") : fetch(port, "/");
    REQUIRE(exchange.complete);
    REQUIRE(exchange.response.body == "hello");
    good.slowest = std::max(good.slowest, elapsed_since(start));
    good.most_connections = std::max(good.most_connections, connections_at(port));
    ++good.served;
    pass_time(5ms);  // their thinking time
  }
  return good;
}

const Attack kAttacks[] = {
    {"slow heads", {"-H", "-i", "1"}, "/", true, 0},
    {"slow bodies", {"-B", "-i", "3", "-s", "8192"}, "/echo", true, 0},
    {"ranges", {"-R", "-a", "1", "-b", "3000"}, "/", false, 0},
    {"slow reading", {"-X", "-w", "512", "-y", "1024", "-n", "3", "-z", "32"}, "/big?bytes=20000000", true, 0},
};

}  // namespace

TEST_CASE("slowhttptest's four modes stall no good client and hold up no stop (G52, G93, G201)") {
  if (!std::filesystem::exists(kTool)) {
    MESSAGE("skipped: install Debian's slowhttptest");
    return;
  }
  for (const Attack& attack : kAttacks) {
    CAPTURE(attack.name);
    LastcallRun run(run_node("streams_server.js", {"--timeouts-request-head", "1500ms", "--timeouts-request-body", "1500ms", "--timeouts-send",
                                                   "1500ms"}));
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    Process attacker({.argv = command_line(attack, run.port())});
    const GoodClients good = be_good(run.port(), 1200ms, attack.lasts ? kAttackers * 8 / 10 : 0);
    if (attack.lasts) CHECK(good.most_connections > kAttackers * 8 / 10);  // else nobody was attacked
    CHECK(good.served >= 5);
    CHECK(good.slowest < 1000ms);
    run.stop();
    const auto status = run.wait_exit();
    CHECK_MESSAGE((status == ExitStatus{false, attack.exit_code}), to_string(status));
    std::printf("%s: %d connections, %d good requests, slowest %ld ms, stopped in %ld ms\n", attack.name.c_str(), good.most_connections,
                good.served, static_cast<long>(good.slowest.count()), static_cast<long>(run.since_stop().count()));
    CHECK(run.since_stop() < 5000ms);
  }
}
