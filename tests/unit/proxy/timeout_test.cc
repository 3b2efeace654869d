// Who is waited for, how long, and who is not to blame.
#include <doctest/doctest.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include "os/socket.h"
#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

TEST_CASE("a request head that does not get finished gets 408 and close (G51)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.request_head = milliseconds(100); });
  worker.serve();
  HttpClient client(worker.port()), silent(worker.port());
  const auto start = Clock::now();
  REQUIRE(client.connection().send("GET / HTTP/1.1\r\nHo"));
  const Exchange answer = client.read_response();
  CHECK(elapsed_since(start) >= 100ms);
  CHECK(answer.response.status == 408);
  CHECK(answer.response.says_close());
  CHECK(client.wait_end() == Ending::fin);
  CHECK(worker.counter(Counter::replies_408) == 1);
  CHECK(silent.wait_end(0ms) == Ending::timeout);  // without a byte it is idle, not slow (G52)
}

TEST_CASE("a head that dribbles in does not get more time than one that stops (G52)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.request_head = milliseconds(200); });
  worker.serve();
  HttpClient client(worker.port());
  const auto start = Clock::now();
  std::string bytes;
  REQUIRE(client.connection().send("GET / HTTP/1.1\r\nX: "));
  while (client.connection().read_some(bytes, 30ms) == Ending::timeout && elapsed_since(start) < 5s) client.connection().send("x");
  CHECK(bytes.starts_with("HTTP/1.1 408 "));
  CHECK(elapsed_since(start) < 2s);
}

TEST_CASE("an idle connection is closed after its time without a byte from us (G51, G62)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.idle = milliseconds(50); });
  worker.serve();
  HttpClient client(worker.port());
  CHECK(client.wait_end() == Ending::fin);
  CHECK(client.surplus() == "");
  CHECK(worker.counter(Counter::idle_closed) == 0);  // that counts what the drain lets go
}

TEST_CASE("G93: a body that dribbles in gets 408 when its time is used up; one that is fast enough, or a stream, does not") {
  const auto adjust = [](auto& settings) {
    settings.timeouts.slow_body = milliseconds(200);
    settings.timeouts.min_body_rate = 100'000;  // the 2,000 bytes here buy 20 ms
    settings.stream_paths = {"/stream"};
  };
  WorkerUnderTest worker(adjust);
  worker.serve();
  const auto status_of = [&](const char* path, std::size_t piece) {
    HttpClient client(worker.port());
    REQUIRE(client.connection().send(std::string("POST ") + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(20 * piece) +
                                     "\r\n\r\n"));
    TcpClient upstream = worker.child().accept();
    std::string got, answer;
    (void)read_head(upstream, &got);
    const auto start = Clock::now();
    for (int i = 0; i < 20 && answer.empty(); ++i) {
      client.connection().send(std::string(piece, 'x'));
      (void)client.connection().read_some(answer, 20ms);
    }
    if (answer.empty()) {
      got.clear();
      CHECK(upstream.read_bytes(got, 20 * piece) == Ending::none);
      upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      (void)client.connection().read_some(answer);
    } else {
      CHECK(elapsed_since(start) >= 200ms);
    }
    return answer.substr(9, 3);
  };
  CHECK(status_of("/", 1) == "408");
  CHECK(status_of("/", 10'000) == "200");
  CHECK(status_of("/stream", 1) == "200");
}

TEST_CASE("G93: a child that takes its time with a body is not the client's fault") {
  WorkerUnderTest worker([](auto& settings) {
    settings.timeouts.slow_body = milliseconds(500);  // what forwarding 64 MiB may take itself, under the sanitizers too
    settings.timeouts.min_body_rate = 4'000'000'000;
  });
  worker.serve();
  HttpClient client(worker.port());
  constexpr std::size_t kLarge = 64 * 1024 * 1024;
  REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  const std::size_t sent = send_what_fits(client.connection(), kLarge);  // and 100 ms more
  REQUIRE(sent < kLarge);
  std::string body;
  CHECK(client.connection().read_some(body, 700ms) == Ending::timeout);
  REQUIRE(upstream.read_bytes(body, sent) == Ending::none);
  CHECK(worker.counter(Counter::replies_408) == 0);
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(client.read_response().response.status == 200);
}

TEST_CASE("a body that stops coming gets 408") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.request_body = milliseconds(100); });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf"));
  TcpClient upstream = worker.child().accept();
  std::string body;
  (void)read_head(upstream, &body);
  CHECK(client.read_response().response.status == 408);
  CHECK(upstream.read_to_end(body) != Ending::timeout);
  CHECK(client.wait_end() == Ending::fin);
}

TEST_CASE("a body that stops coming cuts an answer that has begun: the close must not look like its end (G57)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.request_body = milliseconds(100); });
  worker.serve();
  TcpClient client(worker.port());
  REQUIRE(client.send("POST / HTTP/1.0\r\nContent-Length: 10\r\n\r\nhalf"));
  TcpClient upstream = worker.child().accept();
  std::string body;
  (void)read_head(upstream, &body);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"));
  std::string bytes;
  CHECK(client.read_to_end(bytes) == Ending::reset);
  CHECK(bytes.ends_with("\r\n\r\nhalf"));
}

TEST_CASE("a child that is slow to take a body is not the client's fault") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.request_body = milliseconds(100); });
  worker.serve();
  HttpClient client(worker.port());
  constexpr std::size_t kSize = 50'000'000;
  REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  const std::size_t sent = send_what_fits(client.connection(), kSize);
  CHECK(sent < kSize / 2);
  CHECK(client.wait_end(300ms) == Ending::timeout);
  // It goes on as if nothing had been; and now the client is late.
  std::string taken;
  CHECK(upstream.read_bytes(taken, sent) == Ending::none);
  CHECK(client.read_response().response.status == 408);
}

TEST_CASE("a client that waits for 100 Continue is not late while the child takes its time, only after it has heard it (G55)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.request_body = milliseconds(100); });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  CHECK(client.wait_end(300ms) == Ending::timeout);
  REQUIRE(upstream.send("HTTP/1.1 100 Continue\r\n\r\n"));
  const auto start = Clock::now();
  const Exchange answer = client.read_response();
  CHECK(answer.response.interim.size() == 1);
  CHECK(answer.response.status == 408);
  CHECK(elapsed_since(start) >= 99ms);
}

TEST_CASE("a client that waits for 100 Continue waits for the child: where answers have a limit, 504") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.response = milliseconds(100); });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  CHECK(client.read_response().response.status == 504);
}

TEST_CASE("an answer that does not come gets 504 where a limit is set, counted from the request's end (decision 18)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.response = milliseconds(150); });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\na"));
  TcpClient upstream = worker.child().accept();
  std::string body;
  (void)read_head(upstream, &body);
  CHECK(client.wait_end(250ms) == Ending::timeout);  // the client's own time does not count
  const auto start = Clock::now();
  REQUIRE(client.connection().send("b"));
  CHECK(client.read_response().response.status == 504);
  CHECK(elapsed_since(start) >= 149ms);
  CHECK(upstream.read_to_end(body) != Ending::timeout);
  CHECK(worker.counter(Counter::replies_504) == 1);
}

TEST_CASE("a client that takes nothing of its answer is reset after the send time, and not much later (G201)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.send = milliseconds(1000); });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  const auto start = Clock::now();
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"));
  (void)send_what_fits(upstream, 100'000'000);
  // What the kernel keeps of it for us, who read no more: the least of it, and of a thousand such clients not too much.
  std::uint32_t memory[SK_MEMINFO_VARS]{};
  socklen_t size = sizeof memory;
  REQUIRE(::getsockopt(worker.connection_to(worker.child().address()).get(), SOL_SOCKET, SO_MEMINFO, memory, &size) == 0);
  CHECK(memory[SK_MEMINFO_RMEM_ALLOC] > 0);
  CHECK(memory[SK_MEMINFO_RMEM_ALLOC] <= 600'000);
  std::string bytes;
  CHECK(upstream.read_to_end(bytes) != Ending::timeout);
  CHECK(elapsed_since(start) >= 1000ms);
  CHECK(elapsed_since(start) < 1900ms);
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  CHECK(worker.counter(Counter::resets_sent) == 1);
  CHECK(worker.counter(Counter::aborted_by_client) == 1);
  CHECK(client.connection().read_to_end(bytes) == Ending::reset);
}

TEST_CASE("who takes nothing of its answer gains no time by sending more, be it of its body or behind it (G201)") {
  for (const std::string_view framing : {"", "Content-Length: 1000000\r\n"}) {
    CAPTURE(framing);
    WorkerUnderTest worker([](auto& settings) { settings.timeouts.send = settings.timeouts.slow_body = milliseconds(600); });
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\n" + std::string(framing) + "\r\n"));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    const auto start = Clock::now();
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"));
    const std::string block(1 << 16, 'x');
    std::string bytes;
    Ending ending = Ending::timeout;
    while (ending == Ending::timeout && elapsed_since(start) < 5s) {
      while (::send(upstream.fd(), block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
      }
      (void)::send(client.connection().fd(), "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
      (void)wait_for(client.connection().fd(), POLLRDHUP, Deadline::in(50ms));
      ending = upstream.read_some(bytes, 0ms);
      if (ending == Ending::none) ending = Ending::timeout;  // some of the body
    }
    CHECK(ending != Ending::timeout);
    CHECK(elapsed_since(start) < 3s);
    if (framing.empty()) CHECK(worker.await_counter(Counter::resets_sent, 1) == 1);  // else it lingers
  }
}

TEST_CASE("the send time begins when the client falls behind, however long the child took") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.send = milliseconds(1000); });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  CHECK(client.wait_end(1200ms) == Ending::timeout);  // a long poll
  constexpr std::size_t kSize = 100'000'000;
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n"));
  const std::size_t sent = send_what_fits(upstream, kSize);  // the worker has been full for a while now
  CHECK(sent < kSize);
  worker.sync();
  CHECK(worker.counter(Counter::resets_sent) == 0);
  std::string bytes;
  CHECK(client.connection().read_bytes(bytes, sent) == Ending::none);
}

TEST_CASE("a client that takes its answer slowly is not one that takes nothing (G201)") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.send = milliseconds(2000); });
  worker.serve();
  HttpClient client(worker.port());
  client.connection().set_receive_buffer(16 * 1024);
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  constexpr std::size_t kSize = 100'000'000;
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n"));
  (void)send_what_fits(upstream, kSize);
  // In two seconds less than the 64 KiB that make the kernel report room, but something.
  std::string nothing;
  char bytes[4096];
  for (const auto start = Clock::now(); elapsed_since(start) < 3s;) {
    REQUIRE(::recv(client.connection().fd(), bytes, sizeof bytes, 0) != 0);
    CHECK(upstream.read_some(nothing, 150ms) == Ending::timeout);
  }
  CHECK(worker.counter(Counter::resets_sent) == 0);
}

TEST_CASE("on a Unix socket, too, the send time begins when the client falls behind") {
  const TempDir directory;
  const Address address = Address::parse("unix:" + directory.path() + "/front.sock").value();
  WorkerUnderTest worker([&](auto& settings) {
    settings.timeouts.send = milliseconds(1000);
    settings.listen = {address};
  });
  worker.serve();
  TcpClient client(Fd(os::connect_to(address).value().release()));
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  std::string bytes;
  CHECK(client.read_some(bytes, 1200ms) == Ending::timeout);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"));
  const std::size_t sent = send_what_fits(upstream, 100'000'000);
  worker.sync();
  CHECK(worker.counter(Counter::resets_sent) == 0);
  CHECK(client.read_bytes(bytes, sent) == Ending::none);
}
