// Requests whose connection to a copy of the child is still on its way: they go to another at once when that copy takes no more requests, and
// soon where it hangs and nobody has found out.
#include <doctest/doctest.h>

#include "os/socket.h"
#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;
using proto::InstanceState;

namespace {

constexpr std::uint32_t kFull = 3, kOther = 7;
constexpr std::uint64_t kRequests = 8;

// One that hangs: its accept queue is full, so a connection to it stays where it is until timeouts.upstream_connect.
struct FullChild {
  FullChild() : child(0) {
    for (int i = 0; i < 4; ++i) {
      auto made = os::connect_to(child.address());
      REQUIRE(made.ok());
      held.push_back(std::move(made).value());
    }
  }
  // It lives again, as the kernel says at the next attempt.
  void take_all() {
    child.set_backlog(128);
    while (child.somebody_waits()) taken.push_back(child.accept());
    held.clear();
  }
  FakeChild child;
  std::vector<UniqueFd> held;
  std::vector<TcpClient> taken;
};

struct Scene {
  explicit Scene(bool tcp = false) : worker([tcp](config::Settings& settings) {
      settings.restart.mode = core::RestartMode::on_failure;
      settings.tcp = tcp;
    }) {
    tell(InstanceState::ready, InstanceState::starting);
    worker.set_phase(Phase::serving);
  }
  void tell(InstanceState of_full, InstanceState of_other) { worker.set_upstreams({{kFull, of_full, full.child}, {kOther, of_other, other}}); }

  // They all wait for their connection to the full one; then the other becomes ready, which alone moves nobody.
  void send(const char* method) {
    for (std::uint64_t i = 0; i < kRequests; ++i) {
      clients.emplace_back(worker.port());
      REQUIRE(clients.back().send_request(method, "/"));
    }
    REQUIRE(worker.await_counter(Counter::upstream_connects, kRequests) == kRequests);
    tell(InstanceState::ready, InstanceState::ready);
    worker.sync();
    CHECK_FALSE(other.somebody_waits());
  }
  // The same with TCP sessions; then the other becomes ready.
  void begin_sessions() {
    for (std::uint64_t i = 0; i < kRequests; ++i) {
      sessions.emplace_back(worker.port());
      REQUIRE(sessions.back().send("ping"));
    }
    REQUIRE(worker.await_counter(Counter::upstream_connects, kRequests) == kRequests);
    tell(InstanceState::ready, InstanceState::ready);
  }
  void check_all_sessions_arrive() {
    for (std::uint64_t i = 0; i < kRequests; ++i) {
      TcpClient upstream = other.accept();
      CHECK(read_exactly(upstream, 4) == "ping");
    }
  }
  static void answer_at(FakeChild& child) {
    TcpClient upstream = child.accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
  }
  // A new one, which `child` gets.
  void check_one_at(FakeChild& child) {
    HttpClient client(worker.port());
    REQUIRE(client.send_request("POST", "/"));
    answer_at(child);
    CHECK(client.read_response().response.status == 200);
  }
  void check_all_answered() {
    for (std::uint64_t i = 0; i < kRequests; ++i) answer_at(other);
    std::uint64_t answered = 0;
    for (HttpClient& client : clients) answered += client.read_response().response.status == 200;
    CHECK(answered == kRequests);
    CHECK(worker.counter(Counter::upstream_connects) == 2 * kRequests);
    CHECK(worker.counter(Counter::refused_503) == 0);
  }

  FullChild full;
  FakeChild other;
  WorkerUnderTest worker;
  std::vector<HttpClient> clients;
  std::vector<TcpClient> sessions;
};

std::uint64_t finite_at(const proto::message::CensusReport& census, std::uint32_t instance) {
  for (std::uint32_t i = 0; i < census.count; ++i)
    if (census.entries[i].instance == instance) return census.entries[i].finite;
  return 0;
}

}  // namespace

TEST_CASE("8 requests whose connection is on its way when their instance is sealed go to the other at once, and none counts as running there") {
  for (const char* method : {"GET", "POST"}) {
    CAPTURE(method);
    Scene scene;
    scene.send(method);
    const TimePoint start = now();
    scene.worker.tell(proto::message::Seal{.instance = kFull, .reserved = 0});
    (void)scene.worker.hear<proto::message::Sealed>();
    const auto census = scene.worker.hear<proto::message::CensusReport>();
    CHECK(finite_at(census, kFull) == 0);
    CHECK(finite_at(census, kOther) == kRequests);
    scene.check_all_answered();
    CHECK(now() - start < seconds(5));  // timeouts.upstream_connect is 10 s
  }
}

TEST_CASE("so they do when their instance is not well and is held (starting), retires or is gone") {
  for (const InstanceState state : {InstanceState::starting, InstanceState::retiring, InstanceState::gone}) {
    Scene scene;
    scene.send("GET");
    scene.tell(state, InstanceState::ready);
    scene.check_all_answered();
  }
}

TEST_CASE("where no other instance is ready they stay: the one that was sealed may still take them (control)") {
  Scene scene;
  scene.send("GET");
  scene.tell(InstanceState::ready, InstanceState::starting);
  scene.worker.tell(proto::message::Seal{.instance = kFull, .reserved = 0});
  (void)scene.worker.hear<proto::message::Sealed>();
  CHECK(finite_at(scene.worker.hear<proto::message::CensusReport>(), kFull) == kRequests);
  CHECK(scene.worker.counter(Counter::upstream_connects) == kRequests);
}

TEST_CASE("TCP sessions whose connection is on its way go to the other instance, too") {
  Scene scene(true);
  scene.begin_sessions();
  scene.worker.seal(kFull);
  scene.check_all_sessions_arrive();
}

TEST_CASE("8 requests at one that hangs unfound go to the other a good second later, whatever their method, and it draws no more to itself") {
  Scene scene;
  const TimePoint start = now();
  scene.send("POST");
  scene.check_all_answered();
  CHECK(now() - start >= seconds(1));  // the kernel has asked twice
  CHECK(now() - start < seconds(5));   // timeouts.upstream_connect is 10 s
  CHECK(scene.worker.counter(Counter::upstream_connect_failures) == kRequests);
  const auto failed = scene.worker.hear<proto::message::UpstreamFailed>();
  CHECK(failed.instance == kFull);
  CHECK(failed.error == ETIMEDOUT);
  for (int i = 0; i < 10; ++i) scene.check_one_at(scene.other);
  CHECK(scene.worker.counter(Counter::upstream_connects) == 2 * kRequests + 10);  // none of them was at the full one first
}

TEST_CASE("where no other takes requests they stay at the one that hangs, until it lives again or another is there (control)") {
  Scene scene;
  scene.send("POST");
  scene.tell(InstanceState::ready, InstanceState::starting);
  pass_time(1500ms);
  scene.worker.sync();
  CHECK(scene.worker.counter(Counter::upstream_connects) == kRequests);
  CHECK(scene.worker.counter(Counter::upstream_connect_failures) == 0);
  SUBCASE("another is there") {
    const TimePoint start = now();
    scene.tell(InstanceState::ready, InstanceState::ready);
    scene.check_all_answered();
    CHECK(now() - start < seconds(5));  // they look again and again
  }
  SUBCASE("it lives again") {
    scene.full.take_all();
    std::uint64_t answered = 0;
    for (std::uint64_t i = 0; i < kRequests; ++i) scene.answer_at(scene.full.child);  // the kernel's own tries
    for (HttpClient& client : scene.clients) answered += client.read_response().response.status == 200;
    CHECK(answered == kRequests);
    CHECK(scene.worker.counter(Counter::upstream_connects) == kRequests);
  }
}

TEST_CASE("one that hung is asked by one request at a time, which leaves it after a tenth of a second, and has its share once it lets one in") {
  Scene scene;
  scene.send("GET");
  scene.check_all_answered();
  std::vector<HttpClient> clients;
  const std::uint64_t before = scene.worker.counter(Counter::upstream_connects);
  pass_time(1100ms);
  for (std::uint64_t i = 0; i < 6; ++i) {  // none is answered, so each is for the one that has fewest: again and again the full one
    clients.emplace_back(scene.worker.port());
    REQUIRE(clients.back().send_request("POST", "/"));
  }
  for (int i = 0; i < 6; ++i) scene.answer_at(scene.other);
  CHECK(scene.worker.counter(Counter::upstream_connects) == before + 6 + 1);
  for (HttpClient& client : clients) CHECK(client.read_response().response.status == 200);

  scene.full.take_all();
  pass_time(1100ms);
  std::vector<HttpClient> both;
  for (int i = 0; i < 6; ++i) {
    both.emplace_back(scene.worker.port());
    REQUIRE(both.back().send_request("POST", "/"));
    scene.worker.sync();
  }
  for (int i = 0; i < 3; ++i) scene.answer_at(scene.other);
  for (int i = 0; i < 3; ++i) scene.answer_at(scene.full.child);
  for (HttpClient& client : both) CHECK(client.read_response().response.status == 200);
}

TEST_CASE("a worker that stood still itself leaves nobody whose connection stands, though it never heard of it") {
  Scene scene;
  scene.send("GET");
  scene.worker.pause(1500ms, [&] { scene.full.take_all(); });  // the kernel's next tries find room
  scene.worker.sync();
  for (std::uint64_t i = 0; i < kRequests; ++i) scene.answer_at(scene.full.child);
  for (HttpClient& client : scene.clients) CHECK(client.read_response().response.status == 200);
  CHECK(scene.worker.counter(Counter::upstream_connects) == kRequests);
  CHECK(scene.worker.counter(Counter::upstream_connect_failures) == 0);
}

TEST_CASE("TCP sessions leave one that hangs unfound for the other, too, with all that their clients have sent") {
  Scene scene(true);
  scene.begin_sessions();
  const TimePoint start = now();
  scene.check_all_sessions_arrive();
  CHECK(now() - start < seconds(5));
}
