// Accepting: when it begins, how it is held back, and how it ends without losing anybody (G1 to G8, decisions 9 and 26).
#include <doctest/doctest.h>

#include <list>
#include <memory>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

void answer_one(WorkerUnderTest& worker) {
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
}

}  // namespace

TEST_CASE("nothing is accepted before the child is ready, and what waits then is served (decision 9)") {
  WorkerUnderTest worker;
  worker.set_upstream(proto::InstanceState::starting);
  worker.set_phase(Phase::starting);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  worker.sync();
  CHECK(worker.counter(Counter::connections_accepted) == 0);
  worker.serve();
  answer_one(worker);
  CHECK(client.read_response().response.body == "ok");
}

TEST_CASE("a stop before the child was ready: what queued is accepted and answered 503 (decision 9)") {
  WorkerUnderTest worker;
  worker.set_phase(Phase::starting);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  worker.set_phase(Phase::sealing);
  worker.stop_accepting();
  worker.tell(proto::message::Seal{0, 0});
  CHECK(client.read_response().response.status == 503);
  CHECK(client.wait_end() == Ending::fin);
  CHECK(worker.hear<proto::message::StoppedAccepting>().swept == 1);
}

TEST_CASE("max_connections leaves the rest in the kernel's queue: they wait, and nobody is reset (G14)") {
  WorkerUnderTest worker([](auto& settings) { settings.max_connections = 2; });
  worker.serve();
  HttpClient first(worker.port()), second(worker.port()), third(worker.port());
  REQUIRE(third.connected());
  REQUIRE(third.send_request("GET", "/third"));
  CHECK(worker.await_counter(Counter::connections_accepted, 2) == 2);
  worker.sync();
  CHECK(worker.counter(Counter::connections_accepted) == 2);
  CHECK_FALSE(worker.child().somebody_waits());
  first = HttpClient(worker.port());  // leaves; the new one queues behind the third
  answer_one(worker);
  CHECK(third.read_response().response.body == "ok");
}

TEST_CASE("where all places are taken, who has been idle for longest makes room for who waits, and nobody else does (G62)") {
  WorkerUnderTest worker([](auto& settings) { settings.max_connections = 4; });
  worker.serve();
  HttpClient busy(worker.port()), half(worker.port()), oldest(worker.port());
  REQUIRE(busy.send_request("GET", "/busy"));
  TcpClient for_busy = worker.child().accept();
  (void)read_head(for_busy);
  REQUIRE(half.connection().send("GET /half"));
  worker.sync();
  HttpClient younger(worker.port());
  CHECK(worker.await_counter(Counter::connections_accepted, 4) == 4);
  CHECK(oldest.wait_end(1400ms) == Ending::timeout);  // nobody waits: nobody has to go
  HttpClient waiting(worker.port());
  REQUIRE(waiting.send_request("GET", "/waiting"));
  CHECK(oldest.wait_end() == Ending::fin);
  CHECK(oldest.surplus() == "");
  answer_one(worker);
  CHECK(waiting.read_response().response.body == "ok");
  CHECK(worker.counter(Counter::idle_evicted) == 1);
  CHECK(younger.wait_end(0ms) == Ending::timeout);
  CHECK(half.wait_end(0ms) == Ending::timeout);
  REQUIRE(for_busy.send(kOk));
  CHECK(busy.read_response().response.body == "ok");
}

TEST_CASE("a flood of silent connections keeps nobody out for long (G62)") {
  WorkerUnderTest worker([](auto& settings) { settings.max_connections = 64; });
  worker.serve();
  std::list<TcpClient> silent;
  while (silent.size() < 64) silent.emplace_back(worker.port());
  CHECK(worker.await_counter(Counter::connections_accepted, 64) == 64);
  const auto start = Clock::now();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  answer_one(worker);
  CHECK(client.read_response().response.body == "ok");
  CHECK(elapsed_since(start) < 4s);  // 1 s idle, a look every 200 ms, and at most 1 s for a FIN that does not come
}

TEST_CASE("every connection that waits in the queue when accepting stops is served, whatever the limit (G1, G6)") {
  for (const std::uint32_t limit : {0U, 2U}) {
    CAPTURE(limit);
    WorkerUnderTest worker([&](auto& settings) {
      settings.max_connections = limit;
      settings.listen = {Address::loopback(0), Address::loopback(0)};
    });
    worker.set_upstream(proto::InstanceState::ready);
    worker.set_phase(Phase::starting);  // not accepting yet, so all of them queue
    std::list<HttpClient> clients;
    for (std::size_t i = 0; i < 40; ++i) {
      clients.emplace_back(worker.port(i % 2));
      REQUIRE(clients.back().connected());
      REQUIRE(clients.back().send_request("GET", "/" + std::to_string(i)));
    }
    worker.set_phase(Phase::draining);
    worker.stop_accepting();
    for (std::size_t i = 0; i < clients.size(); ++i) answer_one(worker);
    for (auto& client : clients) {
      const Exchange answer = client.read_response();
      CHECK(answer.response.status == 200);
      CHECK(answer.response.says_close());
      CHECK(client.wait_end() == Ending::fin);
    }
    const auto stopped = worker.hear<proto::message::StoppedAccepting>();
    if (limit != 0) CHECK(stopped.swept >= 38);  // two may have come in between the phase and the stop
    CHECK(stopped.swept <= 40);
    CHECK(worker.counter(Counter::swept_connections) == stopped.swept);
    CHECK(worker.counter(Counter::connections_accepted) == 40);
  }
}

TEST_CASE("what the last sweep itself finds is served, past the limit and on every listener (G6)") {
  WorkerUnderTest worker([](auto& settings) {
    settings.max_connections = 20;  // reached in the middle of the sweep: a wake-up takes four from each listener before it
    settings.listen = {Address::loopback(0), Address::loopback(0)};
  });
  worker.serve();
  worker.set_phase(Phase::draining);
  std::list<HttpClient> clients;
  worker.stop_accepting();
  worker.sync();
  worker.pause(50ms, [&] {  // longer than the window
    for (std::size_t i = 0; i < 60; ++i) {
      clients.emplace_back(worker.port(i % 2));
      REQUIRE(clients.back().send_request("GET", "/"));
    }
  });
  for (std::size_t i = 0; i < clients.size(); ++i) answer_one(worker);
  for (auto& client : clients) CHECK(client.read_response().response.status == 200);
  CHECK(worker.hear<proto::message::StoppedAccepting>().swept == 60);
}

TEST_CASE("the census that knows the swept connections comes before stopped_accepting (1.1)") {
  WorkerUnderTest worker;
  worker.serve();
  worker.set_phase(Phase::draining);
  worker.stop_accepting();
  worker.sync();
  std::unique_ptr<HttpClient> client;
  worker.pause(50ms, [&] { client = std::make_unique<HttpClient>(worker.port()); });  // so that the sweep itself finds it
  std::uint64_t idle = 0;
  for (;;) {
    const proto::ToSupervisor message = worker.next_message();
    if (const auto* census = std::get_if<proto::message::CensusReport>(&message)) idle = census->idle;
    if (std::holds_alternative<proto::message::StoppedAccepting>(message)) break;
  }
  CHECK(idle == 1);
}

TEST_CASE("the worker accepts for the window of at least 20 ms and then closes its listener (G4, decision 26)") {
  WorkerUnderTest worker;
  worker.serve();
  worker.set_phase(Phase::draining);
  worker.close_own_listeners();
  const auto start = Clock::now();
  worker.stop_accepting();
  HttpClient during(worker.port());
  CHECK(during.connected());
  REQUIRE(during.send_request("GET", "/"));
  answer_one(worker);
  CHECK(during.read_response().response.says_close());
  CHECK(worker.hear<proto::message::StoppedAccepting>().swept == 1);
  CHECK(elapsed_since(start) >= 20ms);
  CHECK(elapsed_since(start) < 2s);
  HttpClient late(worker.port());
  CHECK(late.connection().error() == ECONNREFUSED);  // and not a 503 (G8)
}

TEST_CASE("a queue that somebody else serves is left alone (G149)") {
  WorkerUnderTest worker;
  worker.set_phase(Phase::starting);
  HttpClient client(worker.port());
  worker.set_phase(Phase::draining);
  worker.stop_accepting(false);
  CHECK(worker.hear<proto::message::StoppedAccepting>().swept == 0);
  worker.sync();
  CHECK(worker.counter(Counter::connections_accepted) == 0);
  CHECK(client.wait_end(0ms) == Ending::timeout);  // the test's own copy of the listener keeps it
}

TEST_CASE("a connection that the supervisor found at the very end is served (1.1)") {
  WorkerUnderTest worker;
  worker.serve();
  worker.set_phase(Phase::draining);
  worker.stop_accepting();
  (void)worker.hear<proto::message::StoppedAccepting>();
  FakeChild last_listener;  // stands for the supervisor's copy
  HttpClient client(last_listener.address().port());
  TcpClient accepted = last_listener.accept();
  REQUIRE(client.send_request("GET", "/"));
  worker.tell(proto::message::TakeConnection{0, 0}, accepted.fd());
  accepted = TcpClient(Fd());
  TcpClient upstream = worker.child().accept();
  CHECK(has_line(read_head(upstream), "X-Forwarded-For: 127.0.0.1"));
  REQUIRE(upstream.send(kOk));
  const Exchange answer = client.read_response();
  CHECK(answer.response.body == "ok");
  CHECK(answer.response.says_close());
  CHECK(client.wait_end() == Ending::fin);
  CHECK(worker.counter(Counter::swept_connections) == 1);
  CHECK(worker.counter(Counter::connections_accepted) == 1);
}

TEST_CASE("with the child gone new connections wait in the queue until it is ready again") {
  WorkerUnderTest worker;
  worker.serve();
  worker.set_upstream(proto::InstanceState::gone);
  worker.sync();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  worker.sync();
  CHECK(worker.counter(Counter::connections_accepted) == 0);
  worker.set_upstream(proto::InstanceState::ready);
  answer_one(worker);
  CHECK(client.read_response().response.body == "ok");
}
