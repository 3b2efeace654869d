// Requests whose connection to a copy of the child is still on its way when that copy takes no more requests: they go to another at once.
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
  FakeChild child;
  std::vector<UniqueFd> held;
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
  void check_all_answered() {
    for (std::uint64_t i = 0; i < kRequests; ++i) {
      TcpClient upstream = other.accept();
      (void)read_head(upstream);
      REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
    }
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
  std::vector<TcpClient> clients;
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    clients.emplace_back(scene.worker.port());
    REQUIRE(clients.back().send("ping"));
  }
  REQUIRE(scene.worker.await_counter(Counter::upstream_connects, kRequests) == kRequests);
  scene.tell(InstanceState::ready, InstanceState::ready);
  scene.worker.seal(kFull);
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    TcpClient upstream = scene.other.accept();
    CHECK(read_exactly(upstream, 4) == "ping");
  }
}
