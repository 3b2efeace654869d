// While the child is away, or has enough to do: who waits, for how long, in which order, and what is never sent twice (G11, G64).
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;
using proto::InstanceState;

namespace {

const WorkerUnderTest::Adjust kRestarts = [](config::Settings& settings) { settings.restart.mode = core::RestartMode::on_failure; };

void answer(TcpClient& upstream, std::string_view body = "hello") {
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body)));
}

void check_answer(HttpClient& client, std::uint16_t status) {
  const Exchange got = client.read_response();
  REQUIRE(got.complete);
  CHECK(got.response.status == status);
  if (status == 503) CHECK(got.response.header("retry-after") == "1");
}

void await_waiting(WorkerUnderTest& worker, std::uint64_t count) {
  worker.await_census([&](const auto& census) { return census.waiting == count && census.finite == 0; });
}

// The child has died, and the next one will be somewhere else.
void crash(WorkerUnderTest& worker) {
  worker.set_upstream(InstanceState::starting);
  worker.child() = FakeChild();
  worker.sync();
}

}  // namespace

TEST_CASE("requests wait while the child starts again, and are sent in their order (G64)") {
  WorkerUnderTest worker(kRestarts);
  worker.serve();
  crash(worker);
  std::vector<HttpClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(worker.port());
    REQUIRE(clients.back().send_request("POST", "/" + std::to_string(i), "body" + std::to_string(i)));
    CHECK(worker.await_counter(Counter::requests, i + 1U) == i + 1U);
  }
  await_waiting(worker, 3);
  worker.set_upstream(InstanceState::ready);
  for (int i = 0; i < 3; ++i) {
    TcpClient upstream = worker.child().accept();
    std::string body;
    CHECK(read_head(upstream, &body).starts_with("POST /" + std::to_string(i) + " "));
    while (body.size() < 5) REQUIRE(upstream.read_some(body) == Ending::none);
    CHECK(body == "body" + std::to_string(i));
    answer(upstream);
    check_answer(clients[static_cast<std::size_t>(i)], 200);
  }
  await_waiting(worker, 0);
}

TEST_CASE("the body of a request that waits is not read (G94)") {
  WorkerUnderTest worker(kRestarts);
  worker.serve();
  crash(worker);
  TcpClient client(worker.port());
  constexpr std::size_t kSize = 50'000'000;
  REQUIRE(client.send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n"));
  const std::size_t taken = send_what_fits(client, kSize);
  CHECK(taken < kSize);
  worker.set_upstream(InstanceState::ready);
  TcpClient upstream = worker.child().accept();
  std::string body;
  (void)read_head(upstream, &body);
  while (body.size() < taken) REQUIRE(upstream.read_some(body) == Ending::none);
}

TEST_CASE("who has waited for start_wait gets 503 with Retry-After (G64)") {
  WorkerUnderTest worker([](config::Settings& settings) {
    kRestarts(settings);
    settings.start_wait = milliseconds(80);
  });
  worker.serve();
  crash(worker);
  HttpClient client(worker.port());
  const TimePoint start = now();
  REQUIRE(client.send_request("GET", "/"));
  check_answer(client, 503);
  CHECK(now() - start >= milliseconds(75));
  CHECK(client.wait_end() == Ending::fin);
}

TEST_CASE("one more than may wait gets 503 at once, and those who wait keep their place") {
  WorkerUnderTest worker([](config::Settings& settings) {
    kRestarts(settings);
    settings.max_waiting = 1;
    settings.start_wait = seconds(60);
  });
  worker.serve();
  crash(worker);
  HttpClient first(worker.port()), second(worker.port());
  REQUIRE(first.send_request("GET", "/first"));
  await_waiting(worker, 1);
  REQUIRE(second.send_request("GET", "/second"));
  check_answer(second, 503);
  worker.set_upstream(InstanceState::ready);
  TcpClient upstream = worker.child().accept();
  CHECK(read_head(upstream).starts_with("GET /first "));
  answer(upstream);
  check_answer(first, 200);
}

TEST_CASE("a stop turns away at once who waits, over HTTP and over TCP") {
  for (const bool tcp : {false, true}) {
    for (const bool seal : {false, true}) {
      CAPTURE(tcp);
      CAPTURE(seal);
      WorkerUnderTest worker([&](config::Settings& settings) {
        kRestarts(settings);
        settings.tcp = tcp;
        settings.start_wait = seconds(60);
      });
      worker.serve();
      crash(worker);
      HttpClient client(worker.port());
      REQUIRE(client.send_request("GET", "/"));
      await_waiting(worker, 1);
      worker.set_phase(Phase::draining, now() + seconds(60));
      seal ? worker.seal() : worker.finish(seconds(60));
      if (!tcp) check_answer(client, 503);
      CHECK(client.wait_end() != Ending::timeout);
    }
  }
}

TEST_CASE("a client that leaves while it waits is forgotten") {
  WorkerUnderTest worker(kRestarts);
  worker.serve();
  crash(worker);
  {
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/gone"));
    await_waiting(worker, 1);
    client.connection().reset();
  }
  await_waiting(worker, 0);
  CHECK(worker.await_counter(Counter::aborted_by_client, 1) == 1);
  worker.set_upstream(InstanceState::ready);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/here"));
  TcpClient upstream = worker.child().accept();
  CHECK(read_head(upstream).starts_with("GET /here "));
  answer(upstream);
  check_answer(client, 200);
}

TEST_CASE("what the dead child refused goes to the next one, whatever its method, with its body (G60)") {
  for (const std::string_view request : {"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody",
                                         "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"}) {
    WorkerUnderTest worker(kRestarts);
    worker.serve();
    worker.child().stop_listening();
    HttpClient client(worker.port());
    REQUIRE(client.connection().send(request));
    await_waiting(worker, 1);
    CHECK(worker.counter(Counter::upstream_connect_failures) >= 1);
    crash(worker);
    worker.set_upstream(InstanceState::ready);
    TcpClient upstream = worker.child().accept();
    std::string body;
    (void)read_head(upstream, &body);
    while (body.find("body") == std::string::npos) REQUIRE(upstream.read_some(body) == Ending::none);
    answer(upstream);
    check_answer(client, 200);
  }
}

TEST_CASE("a request that broke before its answer is sent to the next child if it may be, once, and a POST never (G59)") {
  struct Case {
    const char* method;
    bool again;
  };
  for (const Case each : {Case{"GET", true}, Case{"DELETE", true}, Case{"POST", false}}) {
    CAPTURE(std::string(each.method));
    WorkerUnderTest worker(kRestarts);
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.send_request(each.method, "/"));
    {
      TcpClient upstream = worker.child().accept();
      (void)read_head(upstream);
      crash(worker);
    }
    if (!each.again) {
      check_answer(client, 502);
      continue;
    }
    await_waiting(worker, 1);
    worker.set_upstream(InstanceState::ready);
    {
      TcpClient upstream = worker.child().accept();
      CHECK(read_head(upstream).starts_with(each.method));
      crash(worker);
    }
    check_answer(client, 502);
    CHECK(worker.counter(Counter::upstream_retries) == 1);
  }
}

TEST_CASE("a POST of which a connection took no byte goes out again with its body, once (G60)") {
  for (const std::string_view request : {"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody",
                                         "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
                                         "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n"}) {
    CAPTURE(request);
    WorkerUnderTest worker(kRestarts);
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/"));
    TcpClient first = worker.child().accept();
    (void)read_head(first);
    answer(first);
    check_answer(client, 200);
    // Its next write fails as one to a child that died this very moment does.
    REQUIRE(::shutdown(worker.connection_to(worker.child().address()).get(), SHUT_WR) == 0);
    REQUIRE(client.connection().send(request));
    CHECK(worker.await_counter(Counter::upstream_reused, 1) == 1);
    first.reset();
    TcpClient upstream = worker.child().accept();
    std::string got;
    const std::string head = read_head(upstream, &got);
    CHECK(head.starts_with("POST / "));
    const bool whole = request.ends_with("\r\n\r\n") || request.ends_with("body");
    if (!whole) REQUIRE(client.connection().send("2\r\ndy\r\n0\r\n\r\n"));
    const bool chunked = has_line(head, "Transfer-Encoding: chunked");
    const std::string expected = !chunked ? "body" : whole ? "4\r\nbody\r\n0\r\n\r\n" : "2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n";
    while (got.size() < expected.size()) REQUIRE(upstream.read_some(got) == Ending::none);
    CHECK(got == expected);
    answer(upstream);
    check_answer(client, 200);
    CHECK(worker.counter(Counter::replies_502) == 0);
  }
}

TEST_CASE("a child that closed its port for a moment is tried again without a word from the supervisor") {
  TempDir place;
  WorkerUnderTest worker(kRestarts, FakeChild::on_unix_socket(place.path() + "/child"));
  worker.serve();
  worker.child().stop_listening();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("POST", "/"));
  await_waiting(worker, 1);
  worker.child() = FakeChild::on_unix_socket(place.path() + "/child");
  TcpClient upstream = worker.child().accept();
  CHECK(read_head(upstream).starts_with("POST / "));
  answer(upstream);
  check_answer(client, 200);
}

TEST_CASE("a TCP session waits before its connect, or after the dead child refused it, and nothing is lost (G64)") {
  for (const bool refused : {false, true}) {
    CAPTURE(refused);
    WorkerUnderTest worker([](config::Settings& settings) {
      kRestarts(settings);
      settings.tcp = true;
    });
    worker.serve();
    refused ? worker.child().stop_listening() : crash(worker);
    TcpClient client(worker.port());
    REQUIRE(client.send("early words"));
    await_waiting(worker, 1);
    if (refused) crash(worker);
    worker.set_upstream(InstanceState::ready);
    TcpClient upstream = worker.child().accept();
    CHECK(read_exactly(upstream, 11) == "early words");
    REQUIRE(upstream.send("answer"));
    CHECK(read_exactly(client, 6) == "answer");
  }
}

TEST_CASE("no more than max_in_flight requests are at the child, the next one follows on a kept connection") {
  WorkerUnderTest worker([](config::Settings& settings) {
    settings.max_in_flight = 1;
    settings.max_waiting = 1;
  });
  worker.serve();
  HttpClient first(worker.port()), second(worker.port()), third(worker.port());
  REQUIRE(first.send_request("GET", "/first"));
  TcpClient upstream = worker.child().accept();
  CHECK(read_head(upstream).starts_with("GET /first "));
  REQUIRE(second.send_request("POST", "/second", "body"));
  worker.await_census([](const auto& census) { return census.waiting == 1; });
  REQUIRE(third.send_request("GET", "/third"));
  check_answer(third, 503);
  answer(upstream);
  check_answer(first, 200);
  std::string body;
  CHECK(read_head(upstream, &body).starts_with("POST /second "));
  CHECK(!worker.child().somebody_waits());
  answer(upstream);
  check_answer(second, 200);
}

TEST_CASE("event streams and tunnels don't count against max_in_flight") {
  WorkerUnderTest worker([](config::Settings& settings) { settings.max_in_flight = 1; });
  worker.serve();
  HttpClient stream(worker.port());
  REQUIRE(stream.send_request("GET", "/events"));
  TcpClient events = worker.child().accept();
  (void)read_head(events);
  REQUIRE(events.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"));
  worker.await_census([](const auto& census) { return census.streams == 1; });
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  answer(upstream);
  check_answer(client, 200);
}
