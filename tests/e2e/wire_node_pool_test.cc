// The race that every proxy in front of Node loses now and then: Node closes a kept connection after 5 s, and the next request comes just
// then (G61). Clients that speak every 5.000 +- 0.05 s, GET and POST, and not one error.
#include <algorithm>
#include <random>

#include "played_child.h"

using namespace lastcall::test;

namespace {

using Micros = std::chrono::microseconds;

struct Visitor {
  HttpClient client;
  Clock::time_point due;
  bool posts;
};

}  // namespace

TEST_CASE("a Node child hit every 5.000 +- 0.05 s, when its keep-alive ends: no error, GET or POST (G61)") {
  constexpr int kVisitors = 20;
  const Milliseconds duration = full_counts() ? 120s : 15s;
  LastcallRun run(run_node("streams_server.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> jitter(-50'000, 50'000);

  const auto start = Clock::now();
  std::vector<Visitor> visitors;
  for (int i = 0; i < kVisitors; ++i) visitors.push_back({HttpClient(run.port()), start + i * Milliseconds(3), i % 2 == 0});
  int answered = 0;
  for (;;) {
    Visitor& next = *std::ranges::min_element(visitors, {}, &Visitor::due);
    if (next.due > start + duration) break;
    // The whole point is when the request comes: this is the clients' thinking time, not a wait for something.
    const auto wait = std::chrono::duration_cast<Milliseconds>(next.due - Clock::now());
    if (wait > 0ms) pass_time(wait);
    const auto sent = Clock::now();
    const Exchange exchange = next.posts ? next.client.request("POST", "/echo", "again") : next.client.request("GET", "/");
    REQUIRE(exchange.complete);
    REQUIRE(exchange.response.status == 200);
    REQUIRE(exchange.response.body == (next.posts ? "again" : "hello"));
    next.due = sent + 5s + Micros(jitter(random));
    ++answered;
  }
  // The schedule was kept: everybody came about every 5 s.
  CHECK(answered >= kVisitors * static_cast<int>(duration / 5100ms));
  visitors.clear();
  run.stop();
  CHECK_EXIT(run, 0);
}
