// Several copies of the child: who gets the next request, what a seal means for one of them, and what is seen when one fails.
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;
using proto::InstanceState;

namespace {

constexpr std::uint32_t kA = 3, kB = 7, kC = 9;  // ids are names, not places

const WorkerUnderTest::Adjust kRestarts = [](config::Settings& settings) { settings.restart.mode = core::RestartMode::on_failure; };

void answer(TcpClient& upstream, std::string_view more = "") {
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + std::string(more) + "\r\nhello"));
}

void check_answer(HttpClient& client, std::uint16_t status) {
  const Exchange got = client.read_response();
  REQUIRE(got.complete);
  CHECK(got.response.status == status);
}

struct Pair {
  explicit Pair(const WorkerUnderTest::Adjust& adjust = kRestarts) : worker(adjust) {
    tell();
    worker.set_phase(Phase::serving);
  }
  void tell(InstanceState of_a = InstanceState::ready, InstanceState of_b = InstanceState::ready) {
    worker.set_upstreams({{kA, of_a, a}, {kB, of_b, b}});
  }
  // Whichever of the two gets the next connection.
  FakeChild& next() {
    for (const Deadline deadline = Deadline::in(kPatience); !a.somebody_waits() && !b.somebody_waits();) {
      REQUIRE(!deadline.passed());
      worker.sync();
    }
    return a.somebody_waits() ? a : b;
  }
  FakeChild a, b;
  WorkerUnderTest worker;
};

const proto::message::CensusReport::Entry* entry_of(const proto::message::CensusReport& census, std::uint32_t instance) {
  for (std::uint32_t i = 0; i < census.count; ++i)
    if (census.entries[i].instance == instance) return &census.entries[i];
  return nullptr;
}

void await_entry(WorkerUnderTest& worker, std::uint32_t instance, std::uint64_t finite, std::uint64_t streams, bool sealed = false) {
  worker.await_census([&](const auto& census) {
    const auto* entry = entry_of(census, instance);
    return entry != nullptr && entry->finite == finite && entry->streams == streams && (entry->sealed == 1) == sealed;
  });
}

// A request that is at `child` and not answered.
TcpClient running_at(FakeChild& child, HttpClient& client, std::string_view method = "GET") {
  REQUIRE(client.send_request(method, "/"));
  TcpClient upstream = child.accept();
  (void)read_head(upstream);
  return upstream;
}

}  // namespace

TEST_CASE("each request goes to the ready instance with the fewest in flight, in turn among equals, each on its own connections") {
  FakeChild a, b, c, starting;
  WorkerUnderTest worker(kRestarts);
  worker.set_upstreams({{kA, InstanceState::ready, a}, {kB, InstanceState::ready, b}, {kC, InstanceState::ready, c}, {1, InstanceState::starting, starting}});
  worker.set_phase(Phase::serving);
  std::vector<HttpClient> clients;
  for (int i = 0; i < 6; ++i) clients.emplace_back(worker.port());
  for (std::uint64_t i = 0; i < 6; ++i) {
    REQUIRE(clients[i].send_request("GET", "/"));
    CHECK(worker.await_counter(Counter::upstream_connects, i + 1) == i + 1);  // one after the other, however late the kernel delivers
  }
  std::vector<TcpClient> at_b;
  for (FakeChild* child : {&a, &b, &c}) {
    for (int i = 0; i < 2; ++i) {
      TcpClient upstream = child->accept();
      (void)read_head(upstream);
      if (child == &b) answer(upstream);
      at_b.push_back(std::move(upstream));
    }
    CHECK(!child->somebody_waits());
  }
  CHECK(!starting.somebody_waits());
  // b has none now, so the next two are its own, on the connections that it kept open.
  check_answer(clients[1], 200);
  check_answer(clients[4], 200);
  REQUIRE(clients[1].send_request("GET", "/again"));
  REQUIRE(clients[4].send_request("GET", "/again"));
  for (const std::size_t kept : {2U, 3U}) CHECK(read_head(at_b[kept]).starts_with("GET /again "));
  CHECK(worker.counter(Counter::upstream_connects) == 6);
  CHECK(worker.counter(Counter::upstream_reused) == 2);
}

TEST_CASE("a seal is for one instance: what runs there flows on and is counted, new requests go to the other, its idle connections close") {
  Pair pair;
  HttpClient first(pair.worker.port()), second(pair.worker.port());
  TcpClient idle = [&] {
    HttpClient client(pair.worker.port());
    TcpClient upstream = running_at(pair.a, client);
    answer(upstream);
    check_answer(client, 200);
    return upstream;
  }();
  TcpClient at_b = running_at(pair.b, first);
  REQUIRE(second.send_request("GET", "/runs"));
  CHECK(read_head(idle).starts_with("GET /runs "));
  TcpClient at_a = std::move(idle);
  HttpClient third(pair.worker.port());
  REQUIRE(third.send_request("GET", "/"));
  FakeChild& got_third = pair.next();
  TcpClient with_third = got_third.accept();
  (void)read_head(with_third);
  answer(with_third);  // and stays open at whichever it was
  check_answer(third, 200);

  pair.worker.seal(kA);
  await_entry(pair.worker, kA, 1, 0, true);
  std::string rest;
  if (&got_third == &pair.a) CHECK(with_third.read_to_end(rest) == Ending::fin);
  std::vector<HttpClient> late;
  for (int i = 0; i < 4; ++i) {
    late.emplace_back(pair.worker.port());
    REQUIRE(late.back().send_request("POST", "/late", "x"));
  }
  std::vector<TcpClient> at_b_late;
  const int fresh = &got_third == &pair.b ? 3 : 4;
  for (int i = 0; i < fresh; ++i) at_b_late.push_back(pair.b.accept());
  CHECK(!pair.a.somebody_waits());
  answer(at_a);
  check_answer(second, 200);
  await_entry(pair.worker, kA, 0, 0, true);
  CHECK(at_a.read_to_end(rest) == Ending::fin);  // not kept

  // The next process of that name.
  pair.a = FakeChild();
  pair.tell(InstanceState::starting);
  pair.tell();
  HttpClient again(pair.worker.port());
  TcpClient upstream = running_at(pair.a, again);
  answer(upstream);
  check_answer(again, 200);
}

TEST_CASE("once the service ends a seal is for good, whatever is said of the instance") {
  Pair pair;
  HttpClient client(pair.worker.port());
  pair.worker.set_phase(Phase::sealing);
  pair.worker.seal(kA);
  pair.worker.seal(kB);
  pair.tell(InstanceState::ready, InstanceState::starting);
  REQUIRE(client.send_request("GET", "/"));
  check_answer(client, 503);
  CHECK(!pair.a.somebody_waits());
}

TEST_CASE("while the service runs requests wait for what comes after the only instance that was sealed") {
  WorkerUnderTest worker(kRestarts);
  worker.serve();
  worker.seal();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("POST", "/"));
  worker.await_census([](const auto& census) { return census.waiting == 1; });
  FakeChild next;
  worker.set_upstreams({{0, InstanceState::retiring, worker.child()}, {1, InstanceState::ready, next}});
  TcpClient upstream = next.accept();
  (void)read_head(upstream);
  answer(upstream);
  check_answer(client, 200);
  CHECK(!worker.child().somebody_waits());
}

TEST_CASE("that nothing runs any more at a sealed instance is told at once, however seldom the census is while it serves (1.1)") {
  WorkerUnderTest worker({}, FakeChild(), seconds(3600));
  worker.serve();
  HttpClient client(worker.port());
  TcpClient upstream = running_at(worker.child(), client);
  worker.seal();
  answer(upstream);
  await_entry(worker, 0, 0, 0, true);
}

TEST_CASE("an instance that retires or is gone gets nothing new, and its running request is counted until it ends") {
  for (const InstanceState state : {InstanceState::retiring, InstanceState::gone}) {
    Pair pair;
    HttpClient client(pair.worker.port());
    TcpClient upstream = running_at(pair.a, client);
    if (state == InstanceState::gone)
      pair.worker.set_upstreams({{kB, InstanceState::ready, pair.b}});  // not even named any more
    else
      pair.tell(state);
    for (int i = 0; i < 3; ++i) {
      HttpClient other(pair.worker.port());
      TcpClient at_b = running_at(pair.b, other);
      answer(at_b, "Connection: close\r\n");
      check_answer(other, 200);
    }
    await_entry(pair.worker, kA, 1, 0);
    answer(upstream);
    check_answer(client, 200);
    std::string rest;
    CHECK(upstream.read_to_end(rest) == Ending::fin);
    pair.worker.await_census([&](const auto& census) {
      const auto* entry = entry_of(census, kA);
      return state == InstanceState::gone ? entry == nullptr : entry != nullptr && entry->finite == 0;
    });
  }
}

TEST_CASE("an instance that refuses connections is invisible: the others take what it would have got, and it draws nothing to itself") {
  Pair pair;
  pair.a.stop_listening();
  for (int i = 0; i < 20; ++i) {
    HttpClient client(pair.worker.port());
    REQUIRE(client.send_request("POST", "/", "body"));
    TcpClient upstream = pair.b.accept();
    std::string body;
    (void)read_head(upstream, &body);
    while (body.size() < 4) REQUIRE(upstream.read_some(body) == Ending::none);
    CHECK(body == "body");
    answer(upstream, "Connection: close\r\n");
    check_answer(client, 200);
  }
  CHECK(pair.worker.counter(Counter::upstream_connect_failures) >= 1);
  CHECK(pair.worker.counter(Counter::upstream_connect_failures) <= 10);  // it is asked again after a moment, not with each request
  const auto failed = pair.worker.hear<proto::message::UpstreamFailed>();
  CHECK(failed.instance == kA);
  CHECK(failed.error == ECONNREFUSED);
}

TEST_CASE("without a restart policy another instance still takes over what one refused") {
  Pair pair(WorkerUnderTest::Adjust{});
  pair.a.stop_listening();
  for (int i = 0; i < 2; ++i) {
    HttpClient client(pair.worker.port());
    REQUIRE(client.send_request("POST", "/"));
    TcpClient upstream = pair.b.accept();
    (void)read_head(upstream);
    answer(upstream, "Connection: close\r\n");
    check_answer(client, 200);
  }
}

TEST_CASE("what breaks at one instance before an answer goes to another at once if it may be repeated, once; a POST never (G59)") {
  for (const std::string_view method : {"GET", "POST"}) {
    Pair pair;
    HttpClient client(pair.worker.port());
    REQUIRE(client.send_request(method, "/"));
    FakeChild& first = pair.next();
    FakeChild& other = &first == &pair.a ? pair.b : pair.a;
    {
      TcpClient upstream = first.accept();
      (void)read_head(upstream);
      upstream.reset();
    }
    if (method == "POST") {
      check_answer(client, 502);
      CHECK(!first.somebody_waits());
      CHECK(!other.somebody_waits());
      continue;
    }
    {
      TcpClient upstream = other.accept();
      CHECK(read_head(upstream).starts_with("GET / "));
      upstream.reset();
    }
    check_answer(client, 502);
    CHECK(!first.somebody_waits());
    CHECK(pair.worker.counter(Counter::upstream_retries) == 1);
  }
}

TEST_CASE("where all instances refuse, requests wait for one that comes back") {
  Pair pair;
  pair.a.stop_listening();
  pair.b.stop_listening();
  HttpClient client(pair.worker.port());
  REQUIRE(client.send_request("POST", "/"));
  pair.worker.await_census([](const auto& census) { return census.waiting == 1; });
  pair.b = FakeChild();
  pair.tell(InstanceState::starting, InstanceState::starting);
  pair.tell(InstanceState::starting, InstanceState::ready);
  TcpClient upstream = pair.b.accept();
  (void)read_head(upstream);
  answer(upstream);
  check_answer(client, 200);
}

TEST_CASE("max_in_flight holds for each instance, and those beyond it follow in their order") {
  Pair pair([](config::Settings& settings) { settings.max_in_flight = 1; });
  std::vector<HttpClient> clients;
  for (std::uint32_t i = 0; i < 5; ++i) {
    clients.emplace_back(pair.worker.port());
    REQUIRE(clients.back().send_request("GET", "/" + std::to_string(i)));
    if (i < 2) {
      CHECK(pair.worker.await_counter(Counter::upstream_connects, i + 1) == i + 1);
    } else {
      pair.worker.await_census([&](const auto& census) { return census.waiting == i - 1; });
    }
  }
  TcpClient at_a = pair.a.accept(), at_b = pair.b.accept();
  CHECK(read_head(at_a).starts_with("GET /0 "));
  CHECK(read_head(at_b).starts_with("GET /1 "));
  answer(at_b);
  check_answer(clients[1], 200);
  CHECK(read_head(at_b).starts_with("GET /2 "));
  answer(at_b);
  check_answer(clients[2], 200);
  CHECK(read_head(at_b).starts_with("GET /3 "));
  answer(at_a);
  check_answer(clients[0], 200);
  CHECK(read_head(at_a).starts_with("GET /4 "));
  answer(at_a);
  answer(at_b);
  check_answer(clients[3], 200);
  check_answer(clients[4], 200);
}

TEST_CASE("streams and tunnels are counted at their instance, and told apart from requests") {
  Pair pair;
  TcpClient client(pair.worker.port());
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  TcpClient upstream = pair.a.accept();
  (void)read_head(upstream);
  await_entry(pair.worker, kA, 1, 0);
  REQUIRE(upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  await_entry(pair.worker, kA, 0, 1);
  HttpClient second(pair.worker.port());
  TcpClient events = running_at(pair.b, second);
  REQUIRE(events.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"));
  await_entry(pair.worker, kB, 0, 1);
  pair.worker.seal(kA);
  upstream.reset();
  await_entry(pair.worker, kA, 0, 0, true);
}

TEST_CASE("TCP sessions go to the least busy instance, and what one refuses another takes") {
  Pair pair([](config::Settings& settings) {
    kRestarts(settings);
    settings.tcp = true;
  });
  TcpClient first(pair.worker.port()), second(pair.worker.port());
  TcpClient at_a = pair.a.accept(), at_b = pair.b.accept();
  pair.a.stop_listening();
  TcpClient third(pair.worker.port()), fourth(pair.worker.port());
  TcpClient more_at_b[] = {pair.b.accept(), pair.b.accept()};  // in either order: one of them was refused first
  for (TcpClient* client : {&third, &fourth}) REQUIRE(client->send("words"));
  for (TcpClient& upstream : more_at_b) CHECK(read_exactly(upstream, 5) == "words");
  pair.worker.await_census([](const auto& census) {  // quiet ones become streams after a while
    const auto sessions = [&](std::uint32_t instance) { return entry_of(census, instance)->finite + entry_of(census, instance)->streams; };
    return sessions(kA) == 1 && sessions(kB) == 3;
  });
}

TEST_CASE("a Unix socket whose queue is full is asked again in a moment, with or without a restart policy (G200)") {
  TempDir place;
  WorkerUnderTest worker({}, FakeChild::on_unix_socket(place.path() + "/child", 0));
  worker.serve();
  std::vector<HttpClient> clients;
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back(worker.port());
    REQUIRE(clients.back().send_request("POST", "/"));
  }
  worker.await_census([](const auto& census) { return census.waiting > 0; });
  for (int i = 0; i < 6; ++i) {
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    answer(upstream, "Connection: close\r\n");
  }
  for (HttpClient& client : clients) check_answer(client, 200);
}
