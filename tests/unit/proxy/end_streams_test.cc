// Tunnels, event streams and listed paths when streams are ended (decision 1, G73 to G75). WebSockets: websocket_test.cc.
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;

namespace {

constexpr std::string_view kEventStream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

void end_streams(WorkerUnderTest& worker) {
  worker.set_phase(Phase::draining);
  worker.set_phase(Phase::ending_streams);
  worker.tell(proto::message::EndStreams{kNever.time_since_epoch().count()});
}

struct Ends {
  TcpClient client, upstream;
};

// A protocol of which we know no goodbye.
void allow_chat(config::Settings& settings) { settings.forward.upgrades = {"chat"}; }

Ends open_tunnel(WorkerUnderTest& worker) {
  TcpClient client(worker.port());
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"));
  (void)read_head(client);
  return {std::move(client), std::move(upstream)};
}

Ends open_event_stream(WorkerUnderTest& worker, std::string_view version = "1.1") {
  TcpClient client(worker.port());
  REQUIRE(client.send("GET /events HTTP/" + std::string(version) + "\r\nHost: t\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send(std::string(kEventStream) + "7\r\ndata: 1\r\n"));
  std::string bytes;
  REQUIRE(client.read_until(bytes, "data: 1") == Ending::none);
  return {std::move(client), std::move(upstream)};
}

}  // namespace

TEST_CASE("a tunnel gets FIN on both sides, after what had arrived, and no reset (G73)") {
  WorkerUnderTest worker(allow_chat);
  worker.serve();
  auto [client, upstream] = open_tunnel(worker);
  REQUIRE(upstream.send("last words"));
  end_streams(worker);
  std::string from_child, from_client;
  CHECK(client.read_to_end(from_child) == Ending::fin);
  CHECK(from_child == "last words");
  CHECK(upstream.read_to_end(from_client) == Ending::fin);
  // What comes now has nowhere to go, but does no harm.
  REQUIRE(client.send("reply"));
  REQUIRE(upstream.send("reply"));
  worker.sync();
  CHECK(client.read_some(from_child) == Ending::fin);
  CHECK(worker.counter(Counter::streams_ended) == 1);
  client.shutdown_write();
  upstream.shutdown_write();
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  CHECK(worker.counter(Counter::resets_sent) == 0);
}

TEST_CASE("a tunnel whose ends ignore the FIN is gone after a second, and holds nobody up meanwhile (decision 2)") {
  WorkerUnderTest worker(allow_chat);
  worker.serve();
  auto [client, upstream] = open_tunnel(worker);
  worker.set_phase(Phase::draining);
  CHECK(worker.hear<proto::message::CensusReport>().streams == 1);
  worker.set_phase(Phase::ending_streams);
  const auto start = Clock::now();
  worker.tell(proto::message::EndStreams{kNever.time_since_epoch().count()});
  const auto census = worker.await_census([](const auto& each) { return each.streams == 0; });
  CHECK(census.finite + census.idle == 0);
  CHECK(elapsed_since(start) < 900ms);
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  CHECK(elapsed_since(start) >= 1s);
  CHECK(elapsed_since(start) < 4s);
}

TEST_CASE("an event stream ends without its last chunk, and the child's side is closed (G74)") {
  WorkerUnderTest worker;
  worker.serve();
  auto [client, upstream] = open_event_stream(worker);
  end_streams(worker);
  std::string bytes;
  CHECK(client.read_to_end(bytes) == Ending::fin);
  CHECK(bytes.find("0\r\n\r\n") == std::string::npos);
  CHECK(upstream.read_to_end(bytes) != Ending::timeout);
  CHECK(worker.counter(Counter::streams_ended) == 1);
  CHECK(worker.counter(Counter::aborted_by_upstream) == 0);
}

TEST_CASE("an event stream of a 1.0 client ends by FIN, as any of its kind does") {
  WorkerUnderTest worker;
  worker.serve();
  auto [client, upstream] = open_event_stream(worker, "1.0");
  end_streams(worker);
  std::string bytes;
  CHECK(client.read_to_end(bytes) == Ending::fin);
}

TEST_CASE("a listed path is a stream from its request on: a poll without an answer gets 503 (decision 1)") {
  WorkerUnderTest worker([](auto& settings) { settings.stream_paths = {"/poll"}; });
  worker.serve();
  HttpClient polling(worker.port()), other(worker.port());
  REQUIRE(polling.send_request("GET", "/poll/news"));
  TcpClient poll_upstream = worker.child().accept();
  (void)read_head(poll_upstream);
  REQUIRE(other.send_request("GET", "/other"));
  TcpClient other_upstream = worker.child().accept();
  (void)read_head(other_upstream);
  end_streams(worker);
  const Exchange answer = polling.read_response();
  CHECK(answer.response.status == 503);
  CHECK(answer.response.says_close());
  CHECK(polling.wait_end() == Ending::fin);
  // Finite requests are no streams, whatever their age.
  REQUIRE(other_upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  CHECK(other.read_response().response.status == 200);
}

TEST_CASE("a stream that would begin after streams were ended gets 503 instead") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/events"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  end_streams(worker);
  worker.sync();
  REQUIRE(upstream.send(kEventStream));
  CHECK(client.read_response().response.status == 503);
  std::string bytes;
  CHECK(upstream.read_to_end(bytes) != Ending::timeout);
}

TEST_CASE("an upgrade that the child grants after streams were ended is ended at once") {
  WorkerUnderTest worker(allow_chat);
  worker.serve();
  TcpClient client(worker.port());
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  end_streams(worker);
  worker.sync();
  REQUIRE(upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"));
  std::string bytes;
  CHECK(client.read_to_end(bytes) == Ending::fin);
  CHECK(bytes.starts_with("HTTP/1.1 101 "));
  bytes.clear();
  CHECK(upstream.read_to_end(bytes) == Ending::fin);
}

TEST_CASE("a tunnel whose child has said all keeps flushing, and is no stream once the client has it (decision 2)") {
  WorkerUnderTest worker(allow_chat);
  worker.serve();
  auto [client, upstream] = open_tunnel(worker);
  REQUIRE(upstream.send("the end"));
  upstream.shutdown_write();
  worker.set_phase(Phase::draining);
  (void)worker.await_census([](const auto& census) { return census.streams == 0; });
  std::string bytes;
  CHECK(client.read_to_end(bytes) == Ending::fin);
  CHECK(bytes == "the end");
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);  // without the client's FIN: after a second
}
