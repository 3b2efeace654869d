// Decision 27, measured: how many requests are lost, and how long the exit takes, when idle keep-alive connections are let go by each
// client's own habit, against a fixed window of 1 s and one of 5 s. Virtual time: clients with a 20 ms round trip think for random
// times between requests; the service begins to end at a random moment. A request is lost when it left before the client could see our
// FIN and arrived after we sent it. Prints the table of docs/performance.md; fails if the habit loses more than the fixed second or
// keeps a busy service as long as the fixed five.
#include <algorithm>
#include <cstdio>
#include <random>
#include <string>

#include "core/idle_policy.h"

namespace {

using namespace lastcall;

constexpr Duration kHalfTrip = milliseconds(10);
constexpr Duration kEndingBegins = milliseconds(20);  // the accept window: finite requests are done by then
constexpr int kStops = 400;
constexpr int kClients = 400;

struct Thinking {
  const char* name;
  Duration shortest, longest;
};

struct Client {
  TimePoint idle_since{};   // when our last answer left
  Duration longest_pause{}; // as the connection has seen it
  TimePoint next_arrival{}; // when its next request reaches us
};

// Runs one client up to T0: the connection is somewhere between two of its requests.
Client history(const Thinking& thinking, TimePoint t0, std::mt19937_64& random) {
  std::uniform_int_distribution<Duration::rep> think(thinking.shortest.count(), thinking.longest.count());
  Client client;
  // Any phase of its rhythm, and at least three pauses long.
  std::uniform_int_distribution<Duration::rep> phase(0, (thinking.longest + 2 * kHalfTrip).count());
  client.idle_since = t0 - 4 * (thinking.longest + 2 * kHalfTrip) - Duration(phase(random));
  for (;;) {
    // The answer travels to the client, it thinks, its request travels back.
    client.next_arrival = client.idle_since + 2 * kHalfTrip + Duration(think(random));
    if (client.next_arrival >= t0) return client;
    client.longest_pause = std::max(client.longest_pause, client.next_arrival - client.idle_since);
    client.idle_since = client.next_arrival;
  }
}

struct Policy {
  const char* name;
  core::IdlePolicy rule;
  bool by_habit;
};

struct Result {
  long lost = 0, served = 0;
  Duration slowest{}, sum{};
};

Result measure(const Policy& policy, const Thinking& thinking) {
  Result result;
  for (int stop = 0; stop < kStops; ++stop) {
    std::mt19937_64 random(static_cast<std::uint64_t>(stop));
    const TimePoint t0{std::chrono::hours(1)};
    const TimePoint ending = t0 + kEndingBegins;
    TimePoint last = ending;
    for (int i = 0; i < kClients; ++i) {
      const Client client = history(thinking, t0, random);
      const Duration habit = policy.by_habit ? client.longest_pause : Duration::zero();
      const TimePoint fin = std::max(ending, policy.rule.close_at(client.idle_since, habit, ending, kNever));
      const TimePoint sent = client.next_arrival - kHalfTrip;
      if (client.next_arrival <= fin) {
        ++result.served;  // answered with Connection: close; the connection ends with it
        last = std::max(last, client.next_arrival);
      } else {
        if (sent < fin + kHalfTrip) ++result.lost;
        last = std::max(last, fin);
      }
    }
    result.slowest = std::max(result.slowest, last - t0);
    result.sum += last - t0;
  }
  return result;
}

}  // namespace

int main() {
  const Thinking kinds[] = {{"0 to 40 ms", Duration::zero(), milliseconds(40)},
                            {"0 to 2 s", Duration::zero(), seconds(2)},
                            {"10 s", seconds(10), seconds(10)},
                            {"5 to 15 s", seconds(5), seconds(15)}};
  const Policy policies[] = {{"own habit (decision 27)", {seconds(1), seconds(5)}, true},
                             {"fixed 1 s", {seconds(1), seconds(1)}, false},
                             {"fixed 5 s", {seconds(5), seconds(5)}, false}};
  std::printf("%d stops, %d connections each, 20 ms round trip, virtual time\n\n", kStops, kClients);
  std::printf("| thinking time | policy | requests lost | of connections | exit, mean ms | exit, slowest ms |\n|---|---|---|---|---|---|\n");
  bool good = true;
  for (const Thinking& thinking : kinds) {
    Result results[3];
    for (int i = 0; i < 3; ++i) {
      const Result& r = results[i] = measure(policies[i], thinking);
      std::printf("| %s | %s | %ld | %d | %ld | %ld |\n", thinking.name, policies[i].name, r.lost, kStops * kClients,
                  static_cast<long>(to_ms(r.sum / kStops)), static_cast<long>(to_ms(r.slowest)));
    }
    good &= results[0].lost <= results[1].lost;
    if (thinking.longest < seconds(1)) good &= results[0].slowest < results[2].slowest || results[2].slowest < seconds(1);
  }
  return good ? 0 : 1;
}
