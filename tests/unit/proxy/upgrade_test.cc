// 101 makes a tunnel of the connection (G69, G73).
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

namespace {

constexpr std::string_view kUpgrade = "GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n";
constexpr std::string_view kSwitching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

struct TunnelEnds {
  TcpClient client, upstream;
};

TunnelEnds open_tunnel(WorkerUnderTest& worker) {
  TcpClient client(worker.port());
  REQUIRE(client.send(kUpgrade));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send(kSwitching));
  CHECK(read_head(client).starts_with("HTTP/1.1 101 "));
  return {std::move(client), std::move(upstream)};
}

}  // namespace

TEST_CASE("an upgrade becomes a tunnel in both directions") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient client(worker.port());
  REQUIRE(client.send(kUpgrade));
  TcpClient upstream = worker.child().accept();
  const std::string request = read_head(upstream);
  CHECK(has_line(request, "Upgrade: websocket"));
  CHECK(has_line(request, "Connection: upgrade"));
  REQUIRE(upstream.send(std::string(kSwitching) + "welcome"));  // its first words in the same piece
  std::string words;
  const std::string head = read_head(client, &words);
  CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(has_line(head, "Upgrade: websocket"));
  if (words.size() < 7) words += read_exactly(client, 7 - words.size());
  CHECK(words == "welcome");
  REQUIRE(client.send("GET / HTTP/1.1\r\n\r\n"));  // bytes, no request
  CHECK(read_exactly(upstream, 18) == "GET / HTTP/1.1\r\n\r\n");
  REQUIRE(upstream.send("bye"));
  CHECK(read_exactly(client, 3) == "bye");
  CHECK(worker.counter(Counter::upgrades) == 1);
}

TEST_CASE("what the client sends ahead of the child's 101 is held, and then passed on first (G69)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient client(worker.port());
  REQUIRE(client.send(std::string(kUpgrade) + "early"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(client.send(" bird"));
  worker.sync();
  std::string bytes;
  CHECK(upstream.read_some(bytes, 0ms) == Ending::timeout);
  REQUIRE(upstream.send(kSwitching));
  CHECK(read_exactly(upstream, 10) == "early bird");
}

TEST_CASE("what was sent ahead of a refused upgrade is never taken for a request (G69)") {
  for (const bool in_one_piece : {true, false}) {
    CAPTURE(in_one_piece);
    WorkerUnderTest worker;
    worker.serve();
    HttpClient client(worker.port());
    constexpr std::string_view kAhead = "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n";
    REQUIRE(client.connection().send(std::string(kUpgrade) + std::string(in_one_piece ? kAhead : "")));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    if (!in_one_piece) REQUIRE(client.connection().send(kAhead));
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"));
    const Exchange answer = client.read_response();
    CHECK(answer.response.status == 200);
    CHECK(answer.response.says_close());
    CHECK(client.wait_end() == Ending::fin);
    worker.sync();
    std::string bytes;
    CHECK(upstream.read_some(bytes, 0ms) == Ending::timeout);
    CHECK_FALSE(worker.child().somebody_waits());
    CHECK(worker.counter(Counter::requests) == 1);
  }
}

TEST_CASE("only protocols that are let through may be asked for, and only what was asked for may be granted (G69)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: h2c, rootshell, websocket\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  const std::string head = read_head(upstream);
  CHECK(has_line(head, "Upgrade: websocket"));
  CHECK(head.find("rootshell") == std::string::npos);
  REQUIRE(upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: rootshell\r\n\r\n"));
  CHECK(client.read_response().response.status == 502);
  HttpClient other(worker.port());
  REQUIRE(other.connection().send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: rootshell\r\n\r\n"));
  TcpClient second = worker.child().accept();
  CHECK(read_head(second).find("pgrade") == std::string::npos);
}

TEST_CASE("an upgrade with a body is granted behind its last byte, and never in the middle of it (G69)") {
  constexpr std::string_view kHead = "POST /exec HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
  for (const bool whole : {true, false}) {
    for (const bool chunked : {true, false}) {
      CAPTURE(whole);
      CAPTURE(chunked);
      WorkerUnderTest worker;
      worker.serve();
      TcpClient client(worker.port());
      const std::string body = chunked ? "5\r\nhello\r\n0\r\n\r\n" : "hello";
      const std::size_t first = whole ? body.size() : chunked ? 5 : 2;
      REQUIRE(client.send(std::string(kHead) + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 5\r\n\r\n") + body.substr(0, first)));
      TcpClient upstream = worker.child().accept();
      std::string received;
      (void)read_head(upstream, &received);
      if (whole) REQUIRE(upstream.read_until(received, chunked ? "0\r\n\r\n" : "hello") == Ending::none);
      REQUIRE(upstream.send(kSwitching));
      std::string answer, page;
      answer = read_head(client, &page);
      CHECK(answer.starts_with(whole ? "HTTP/1.1 101 " : "HTTP/1.1 502 "));
      if (!whole) {
        client.send(body.substr(first));
        CHECK(upstream.read_to_end(received) != Ending::timeout);
        CHECK(received.find("llo") == std::string::npos);  // what was left of the body is no stream
      } else {
        REQUIRE(client.send("raw"));
        CHECK(read_exactly(upstream, 3) == "raw");
      }
    }
  }
}

TEST_CASE("a half-closed tunnel still delivers the other direction, and ends with it (G24, G25)") {
  WorkerUnderTest worker;
  worker.serve();
  auto [client, upstream] = open_tunnel(worker);
  REQUIRE(client.send("last question"));
  client.shutdown_write();
  std::string bytes;
  CHECK(upstream.read_to_end(bytes) == Ending::fin);
  CHECK(bytes == "last question");
  REQUIRE(upstream.send("last answer"));
  upstream.shutdown_write();
  bytes.clear();
  CHECK(client.read_to_end(bytes) == Ending::fin);
  CHECK(bytes == "last answer");
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
}

TEST_CASE("a half-closed tunnel lives as long as bytes move, and its fin time longer (G26)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.fin = milliseconds(200); });
  worker.serve();
  auto [client, upstream] = open_tunnel(worker);
  client.shutdown_write();
  const auto start = Clock::now();
  for (int i = 0; i < 8; ++i) {
    REQUIRE(upstream.send("more"));
    CHECK(read_exactly(client, 4) == "more");
    std::string bytes;
    CHECK(client.read_some(bytes, 60ms) == Ending::timeout);
  }
  CHECK(elapsed_since(start) > 400ms);
  std::string bytes;
  CHECK(client.read_to_end(bytes) != Ending::timeout);
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
}

TEST_CASE("a side that is gone ends the tunnel for the other one (G25)") {
  const TempDir directory;
  for (const bool unix_child : {false, true}) {
    for (const bool child_goes : {false, true}) {
      CAPTURE(unix_child);
      CAPTURE(child_goes);
      WorkerUnderTest worker({}, unix_child ? FakeChild::on_unix_socket(directory.path() + "/" + (child_goes ? "1" : "2")) : FakeChild());
      worker.serve();
      auto [client, upstream] = open_tunnel(worker);
      TcpClient& goes = child_goes ? upstream : client;
      TcpClient& stays = child_goes ? client : upstream;
      REQUIRE(goes.send("farewell"));
      goes = TcpClient(Fd());
      std::string bytes;
      CHECK(stays.read_to_end(bytes) == Ending::fin);
      CHECK(bytes == "farewell");
      stays.send("anybody there?");
      stays = TcpClient(Fd());
      CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);  // and does not wait for the fin time
    }
  }
}

TEST_CASE("a reset of either side ends a tunnel") {
  for (const bool child_resets : {false, true}) {
    WorkerUnderTest worker;
    worker.serve();
    auto [client, upstream] = open_tunnel(worker);
    (child_resets ? upstream : client).reset();
    std::string bytes;
    CHECK((child_resets ? client : upstream).read_to_end(bytes) != Ending::timeout);
    CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  }
}
