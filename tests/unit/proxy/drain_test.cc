// What requests and idle connections see from T0 on.
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct Running {
  HttpClient client;
  TcpClient upstream;
};

// A request that has reached the child and waits for its answer.
Running start_request(WorkerUnderTest& worker, std::string_view target = "/") {
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", target));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  return {std::move(client), std::move(upstream)};
}

}  // namespace

TEST_CASE("from the lame duck on every answer says close and the connection is closed after it (G46, G53)") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker);
  worker.set_phase(Phase::lame_duck);
  REQUIRE(running.client.send_request("GET", "/pipelined"));
  REQUIRE(running.upstream.send(kOk));
  Exchange answer = running.client.read_response();
  REQUIRE(answer.complete);
  CHECK(answer.response.status == 200);
  CHECK(answer.response.says_close());
  CHECK(running.client.wait_end() == Ending::fin);
  // New connections are still served; what was pipelined behind the close was not forwarded.
  HttpClient late(worker.port());
  REQUIRE(late.send_request("GET", "/late"));
  CHECK(read_head(running.upstream).starts_with("GET /late "));
  REQUIRE(running.upstream.send(kOk));
  answer = late.read_response();
  CHECK(answer.response.status == 200);
  CHECK(answer.response.says_close());
  CHECK(worker.await_counter(Counter::finished_after_t0, 2) == 2);
  CHECK(worker.counter(Counter::in_flight_at_t0) == 1);
  CHECK(worker.counter(Counter::responses_with_close) == 2);
}

TEST_CASE("an answer whose head was sent before T0 ends whole, and one more request is answered with close (G47)") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker);
  REQUIRE(running.upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"));
  std::string begun;
  REQUIRE(running.client.connection().read_until(begun, "half") == Ending::none);
  CHECK_FALSE(has_line(begun, "Connection: close"));
  worker.set_phase(Phase::lame_duck);
  REQUIRE(running.upstream.send("time"));
  CHECK(read_exactly(running.client.connection(), 4) == "time");
  REQUIRE(running.client.send_request("GET", "/more"));
  (void)read_head(running.upstream);
  REQUIRE(running.upstream.send(kOk));
  const Exchange answer = running.client.read_response();
  CHECK(answer.response.body == "ok");
  CHECK(answer.response.says_close());
}

TEST_CASE("undrain: answers stop saying close") {
  WorkerUnderTest worker;
  worker.serve();
  worker.set_phase(Phase::lame_duck);
  worker.set_phase(Phase::serving);
  Running running = start_request(worker);
  REQUIRE(running.upstream.send(kOk));
  CHECK_FALSE(running.client.read_response().response.says_close());
  exchange_one(running.client, running.upstream);
}

TEST_CASE("the census counts requests, streams and idle connections, and reports each zero at once (1.1)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient idle(worker.port());
  Running running = start_request(worker), stream = start_request(worker);
  REQUIRE(stream.upstream.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"));
  (void)read_head(stream.client.connection());
  worker.set_phase(Phase::draining);
  const auto first = worker.hear<proto::message::CensusReport>();
  CHECK(first.finite == 1);
  CHECK(first.streams == 1);
  CHECK(first.idle == 1);
  CHECK(first.phase_version == 2);
  CHECK(worker.counter(Counter::in_flight_at_t0) == 1);
  CHECK(worker.counter(Counter::streams_at_t0) == 1);
  CHECK(worker.counter(Counter::idle_at_t0) == 1);
  const auto start = Clock::now();
  REQUIRE(running.upstream.send(kOk));
  (void)worker.await_census([](const auto& census) { return census.finite == 0; });
  CHECK(elapsed_since(start) < 1s);
  CHECK(running.client.read_response().response.says_close());
  // A request half read counts as one (G52).
  REQUIRE(idle.connection().send("GET /"));
  (void)worker.await_census([](const auto& census) { return census.finite == 1 && census.idle == 0; });
}

TEST_CASE("an answer that is not yet with its client is in flight (G52)") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker);
  worker.set_phase(Phase::draining);
  REQUIRE(running.upstream.send("HTTP/1.1 200 OK\r\n\r\n"));  // ends with the FIN, which comes right behind what fits
  (void)send_what_fits(running.upstream, 100'000'000);
  running.upstream = TcpClient(Fd());
  worker.set_phase(Phase::draining);
  CHECK(worker.hear<proto::message::CensusReport>().finite == 1);
  CHECK(worker.counter(Counter::finished_after_t0) == 0);
}

TEST_CASE("late requests after the seal get 503 and close, while running ones finish (1.1, G54)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient idle(worker.port());
  Running running = start_request(worker);
  worker.set_phase(Phase::sealing);
  worker.seal();
  const Exchange refused = idle.request("GET", "/late");
  CHECK(refused.response.status == 503);
  CHECK(refused.response.header("retry-after") == "1");
  CHECK(refused.response.says_close());
  CHECK(idle.wait_end() == Ending::fin);
  REQUIRE(running.upstream.send(kOk));
  const Exchange answer = running.client.read_response();
  CHECK(answer.response.status == 200);
  CHECK(answer.response.says_close());
  CHECK_FALSE(worker.child().somebody_waits());
  CHECK(worker.await_counter(Counter::responses, 2) == 2);
  CHECK(worker.counter(Counter::finished_after_t0) == 1);
  CHECK(worker.counter(Counter::refused_503) == 1);
  std::string bytes;
  CHECK(running.upstream.read_to_end(bytes, 2s) == Ending::fin);  // and not pooled for anybody, which would be 4 s
}

TEST_CASE("Expect: 100-continue meets 503 at once while refusing, never 100 (G55)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  worker.set_phase(Phase::sealing);
  worker.seal();
  REQUIRE(client.connection().send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n"));
  const Exchange answer = client.read_response();
  CHECK(answer.response.status == 503);
  CHECK(answer.response.interim.empty());
  CHECK(client.wait_end() == Ending::fin);
}

TEST_CASE("a sealed request is not repeated on a fresh connection (1.1)") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker);
  REQUIRE(running.upstream.send(kOk));
  CHECK(running.client.read_response().complete);
  REQUIRE(running.client.send_request("GET", "/again"));
  (void)read_head(running.upstream);
  worker.set_phase(Phase::sealing);
  worker.seal();
  running.upstream.reset();
  CHECK(running.client.read_response().response.status == 503);
  CHECK_FALSE(worker.child().somebody_waits());
}

TEST_CASE("while the service ends, what breaks at the child before its answer is told to come again if it may, and nothing else is (G154)") {
  struct Row {
    const char* method;
    std::string_view begun;  // of the child's answer
    Phase phase;
    int status;
  };
  const std::vector<Row> rows = {{"GET", "", Phase::lame_duck, 503},
                                 {"DELETE", "", Phase::draining, 503},
                                 {"POST", "", Phase::lame_duck, 502},
                                 {"GET", "HTTP/1.1 200", Phase::lame_duck, 502},
                                 {"GET", "", Phase::serving, 502}};
  for (const Row& row : rows) {
    CAPTURE(row.method);
    CAPTURE(row.begun);
    WorkerUnderTest worker;
    worker.serve();
    if (row.phase != Phase::serving) worker.set_phase(row.phase);
    worker.sync();
    HttpClient client(worker.port());
    REQUIRE(client.send_request(row.method, "/"));
    {
      TcpClient upstream = worker.child().accept();  // never one that was kept
      (void)read_head(upstream);
      REQUIRE(upstream.send(row.begun));
    }
    const Exchange answer = client.read_response();
    CHECK(answer.response.status == row.status);
    CHECK(answer.response.header("retry-after").empty() == (row.status == 502));
    CHECK(answer.response.says_close());
  }
}

TEST_CASE("new upgrades get 503 while draining (G72)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  worker.set_phase(Phase::draining);
  const Exchange answer = client.request("GET", "/", "", "Connection: Upgrade\r\nUpgrade: websocket\r\n");
  CHECK(answer.response.status == 503);
  CHECK(answer.response.says_close());
}

TEST_CASE("idle connections stay through the drain and are let go gently after it (G48, decision 27)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient silent(worker.port()), thinking(worker.port());
  // `thinking` has made a pause of 1.2 s between two requests: it may be idle for 1.8 s. `silent` has a second.
  REQUIRE(thinking.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send(kOk));
  REQUIRE(thinking.read_response().complete);
  CHECK(thinking.wait_end(1200ms) == Ending::timeout);
  exchange_one(thinking, upstream);
  worker.set_phase(Phase::draining);
  const auto start = Clock::now();
  worker.set_phase(Phase::ending_streams);
  CHECK(silent.wait_end() == Ending::fin);  // was idle for longer than a second already
  CHECK(silent.surplus() == "");
  CHECK(elapsed_since(start) < 900ms);
  CHECK(thinking.wait_end(1400ms) == Ending::timeout);
  // A late request within its time is answered, with close (G53).
  REQUIRE(thinking.send_request("GET", "/late"));
  (void)read_head(upstream);
  REQUIRE(upstream.send(kOk));
  const Exchange answer = thinking.read_response();
  CHECK(answer.response.status == 200);
  CHECK(answer.response.says_close());
  CHECK(worker.await_counter(Counter::idle_closed, 1) == 1);
}

TEST_CASE("a request that has arrived when its idle connection is due is served (G50)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.idle = milliseconds(100); });
  worker.serve();
  HttpClient client(worker.port());
  worker.sync();
  worker.pause(150ms, [&] { REQUIRE(client.send_request("GET", "/")); });
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send(kOk));
  CHECK(client.read_response().response.body == "ok");
}

TEST_CASE("a fresh idle connection is let go a second after it fell idle, and bytes after our FIN are no reset (G49, G50)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  worker.set_phase(Phase::draining);
  worker.set_phase(Phase::ending_streams);
  const auto start = Clock::now();
  CHECK(client.wait_end() == Ending::fin);
  CHECK(elapsed_since(start) >= 900ms);
  CHECK(elapsed_since(start) < 4s);
  // Lingering delays neither seal nor child (decision 2): it is not idle any more.
  CHECK(worker.await_census([](const auto& census) { return census.idle == 0; }).finite == 0);
  REQUIRE(client.send_request("GET", "/too-late"));
  worker.sync();
  std::string bytes;
  CHECK(client.connection().read_some(bytes) == Ending::fin);
  CHECK(worker.counter(Counter::requests) == 0);
}

TEST_CASE("a half-sent head gets 408 when the drain's time is over (G52)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("GET / HTTP/1.1\r\n"));
  worker.sync();
  worker.set_phase(Phase::draining, now() + milliseconds(100));
  worker.set_phase(Phase::ending_streams, now() + milliseconds(100));
  const auto start = Clock::now();
  CHECK(client.read_response().response.status == 408);
  CHECK(elapsed_since(start) < 5s);  // its own limit would be 10 s
}

TEST_CASE("what the child cuts short after the drain's deadline counts as dropped (decision 7)") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker), finishing = start_request(worker);
  worker.set_phase(Phase::draining);
  worker.tell(proto::message::DropFinite{0});
  worker.set_phase(Phase::stopping);
  REQUIRE(finishing.upstream.send(kOk));
  CHECK(finishing.client.read_response().response.status == 200);
  running.upstream = TcpClient(Fd());
  CHECK(running.client.read_response().response.status == 503);
  CHECK(worker.await_counter(Counter::dropped_finite, 1) == 1);
}
