// The end of a worker: what it still flushes, what it counts as lost, and what ends it at once.
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;

namespace {

struct Running {
  HttpClient client;
  TcpClient upstream;
};

Running start_request(WorkerUnderTest& worker) {
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  return {std::move(client), std::move(upstream)};
}

void stop_and_seal(WorkerUnderTest& worker) {
  worker.set_phase(Phase::draining);
  worker.stop_accepting();
  (void)worker.hear<proto::message::StoppedAccepting>();
  worker.set_phase(Phase::sealing);
  worker.seal();
}

}  // namespace

TEST_CASE("a worker with nothing left says so and leaves with 0") {
  WorkerUnderTest worker;
  worker.serve();
  stop_and_seal(worker);
  worker.finish(seconds(30));
  (void)worker.hear<proto::message::Finished>();
  CHECK(worker.wait_exit() == 0);
}

TEST_CASE("idle connections do not keep a finishing worker beyond a second (decision 2)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient closes(worker.port()), ignores(worker.port());
  stop_and_seal(worker);
  const auto start = Clock::now();
  worker.finish(seconds(30));
  CHECK(closes.wait_end() == Ending::fin);
  CHECK(ignores.wait_end() == Ending::fin);
  (void)worker.hear<proto::message::Finished>();
  CHECK(elapsed_since(start) < 3s);
  CHECK(worker.wait_exit() == 0);
  CHECK(worker.counter(Counter::dropped_finite) == 0);
  CHECK(worker.counter(Counter::resets_sent) == 0);
}

TEST_CASE("what the child has sent is flushed to a slow client before the worker leaves") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker);
  stop_and_seal(worker);
  REQUIRE(running.upstream.send("HTTP/1.1 200 OK\r\n\r\n"));
  const std::size_t size = send_what_fits(running.upstream, 100'000'000);
  running.upstream = TcpClient(Fd());
  worker.finish(seconds(30));
  worker.sync();
  const Exchange answer = running.client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.body.size() == size);
  CHECK(running.client.wait_end() == Ending::fin);
  running.client.connection().shutdown_write();
  (void)worker.hear<proto::message::Finished>();
  CHECK(worker.wait_exit() == 0);
  CHECK(worker.counter(Counter::dropped_finite) == 0);
  CHECK(worker.counter(Counter::finished_after_t0) == 1);
}

TEST_CASE("a tunnel is flushed as well, and one that the child keeps open is ended") {
  WorkerUnderTest worker;
  worker.serve();
  const auto open_tunnel = [&] {
    TcpClient client(worker.port());
    REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
    (void)read_head(client);
    return std::pair(std::move(client), std::move(upstream));
  };
  auto [slow, gone] = open_tunnel();
  auto [client, stays] = open_tunnel();
  worker.set_phase(Phase::flushing);
  const std::size_t size = send_what_fits(gone, 100'000'000);
  gone = TcpClient(Fd());
  worker.sync();
  worker.finish(seconds(30));
  std::string bytes;
  CHECK(client.read_to_end(bytes) == Ending::fin);
  CHECK(stays.read_to_end(bytes) == Ending::fin);
  CHECK(slow.read_to_end(bytes) == Ending::fin);
  CHECK(bytes.size() == size);
  (void)worker.hear<proto::message::Finished>();
  CHECK(worker.wait_exit() == 0);
  CHECK(worker.counter(Counter::resets_sent) == 0);
  CHECK(worker.counter(Counter::dropped_streams) == 0);
}

TEST_CASE("at the last deadline what is left is reset and counted, requests and streams apart") {
  WorkerUnderTest worker;
  worker.serve();
  Running request = start_request(worker), stream = start_request(worker);
  REQUIRE(stream.upstream.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"));
  (void)read_head(stream.client.connection());
  HttpClient idle(worker.port());
  stop_and_seal(worker);
  worker.finish(milliseconds(100));
  std::string bytes;
  CHECK(request.client.connection().read_to_end(bytes) == Ending::reset);
  CHECK(stream.client.connection().read_to_end(bytes) == Ending::reset);
  CHECK(idle.wait_end() == Ending::fin);
  (void)worker.hear<proto::message::Finished>();
  CHECK(worker.wait_exit() == 0);
  CHECK(worker.counter(Counter::dropped_finite) == 1);
  CHECK(worker.counter(Counter::dropped_streams) == 1);
  CHECK(worker.counter(Counter::resets_sent) == 2);
  CHECK(worker.counter(Counter::connections_closed) == 3);
}

TEST_CASE("a deadline that has passed already ends everything at once") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker);
  worker.finish(milliseconds(-1));
  (void)worker.hear<proto::message::Finished>();
  CHECK(worker.wait_exit() == 0);
  CHECK(worker.counter(Counter::dropped_finite) == 1);
}

TEST_CASE("without a last deadline the worker waits for the answer (grace: infinity)") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker);
  stop_and_seal(worker);
  worker.tell(proto::message::Finish{kNever.time_since_epoch().count()});
  worker.sync();
  REQUIRE(running.upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  CHECK(running.client.read_response().response.body == "ok");
  running.client.connection().shutdown_write();
  (void)worker.hear<proto::message::Finished>();
  CHECK(worker.wait_exit() == 0);
}

TEST_CASE("the end of the channel ends the worker at once, whatever it does (1.1)") {
  WorkerUnderTest worker;
  worker.serve();
  Running running = start_request(worker);
  worker.close_channel();
  CHECK(worker.wait_exit() == 0);
  std::string bytes;
  CHECK(running.client.connection().read_to_end(bytes) != Ending::timeout);
}

TEST_CASE("a message that the worker does not know ends it with 70, even if the channel ends right after (1.1)") {
  const std::string ping = proto::encode(proto::message::Ping{1}, 1);
  std::string unknown = ping, wrong_size = ping + "x";
  unknown[0] = '\x7f';
  for (const std::string& message : {unknown, wrong_size, std::string("?")}) {
    WorkerUnderTest worker;
    worker.serve();
    worker.send(message);
    worker.close_channel();
    CHECK(worker.wait_exit() == 70);
  }
}

TEST_CASE("every ping is answered with its number") {
  WorkerUnderTest worker;
  for (const std::uint64_t number : {7U, 8U}) {
    worker.tell(proto::message::Ping{number});
    CHECK(worker.hear<proto::message::Pong>().number == number);
  }
}
