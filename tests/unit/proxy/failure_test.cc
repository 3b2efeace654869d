// What clients see when the child or another client fails: never a truncated answer that looks whole, never silence.
#include <poll.h>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

TEST_CASE("a child that refuses connections means 503 with Retry-After and close (G54)") {
  WorkerUnderTest worker;
  worker.serve();
  worker.child().stop_listening();
  HttpClient client(worker.port());
  const Exchange answer = client.request("POST", "/", "body");
  REQUIRE(answer.complete);
  CHECK(answer.response.status == 503);
  CHECK(answer.response.header("retry-after") == "1");
  CHECK(answer.response.header("cache-control") == "no-store");
  CHECK(answer.response.says_close());
  CHECK(client.wait_end() == Ending::fin);
  CHECK(worker.counter(Counter::replies_503) == 1);
  CHECK(worker.counter(Counter::upstream_connect_failures) == 1);
  CHECK(worker.await_counter(Counter::responses, 1) == 1);
}

TEST_CASE("an invalid answer means 502, and that connection to the child is over (G88)") {
  for (const std::string_view nonsense : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
                                          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"}) {
    CAPTURE(nonsense);
    WorkerUnderTest worker;
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/"));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send(nonsense));
    const Exchange answer = client.read_response();
    CHECK(answer.complete);
    CHECK(answer.response.status == 502);
    CHECK(client.wait_end() == Ending::fin);
    std::string rest;
    CHECK(upstream.read_to_end(rest) != Ending::timeout);
  }
}

TEST_CASE("a child that closes before its answer means 502") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  upstream = TcpClient(Fd());
  CHECK(client.read_response().response.status == 502);
  CHECK(worker.counter(Counter::aborted_by_upstream) == 1);
}

TEST_CASE("an answer that the child cuts short never looks whole (G57)") {
  struct Case {
    const char* name;
    std::string_view request, answer;
    Ending ending;
    std::string_view damage = "";  // sent once the first half has arrived; then the child closes
  };
  for (const Case& each : {
           Case{"length", "GET / HTTP/1.1\r\nHost: t\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Ending::fin},
           Case{"chunked", "GET / HTTP/1.1\r\nHost: t\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", Ending::fin},
           Case{"broken chunk", "GET / HTTP/1.1\r\nHost: t\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", Ending::fin,
                "zz\r\n"},
           Case{"length to 1.0", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Ending::fin},
           Case{"chunked to 1.0", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", Ending::reset},
       }) {
    CAPTURE(std::string(each.name));
    WorkerUnderTest worker;
    worker.serve();
    TcpClient client(worker.port());
    REQUIRE(client.send(each.request));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send(each.answer));
    std::string bytes;
    CHECK(client.read_until(bytes, "half") == Ending::none);
    if (!each.damage.empty()) {
      REQUIRE(upstream.send(each.damage));
      worker.sync();
    }
    upstream = TcpClient(Fd());
    CHECK(client.read_to_end(bytes) == each.ending);
    CHECK(bytes.find("\r\n0\r\n") == std::string::npos);
    CHECK(worker.counter(Counter::aborted_by_upstream) == 1);
    CHECK(worker.counter(Counter::resets_sent) == (each.ending == Ending::reset ? 1 : 0));
    CHECK(worker.counter(Counter::responses) == 0);
  }
}

TEST_CASE("an answer without a length ends with the child's FIN, and is cut by its reset (G57)") {
  for (const bool whole : {true, false}) {
    for (const std::string_view version : {"1.0", "1.1"}) {
      CAPTURE(whole);
      CAPTURE(version);
      WorkerUnderTest worker;
      worker.serve();
      TcpClient client(worker.port());
      REQUIRE(client.send("GET / HTTP/" + std::string(version) + "\r\nHost: t\r\n\r\n"));
      TcpClient upstream = worker.child().accept();
      (void)read_head(upstream);
      REQUIRE(upstream.send("HTTP/1.0 200 OK\r\n\r\nwords"));
      std::string bytes;
      CHECK(client.read_until(bytes, "words") == Ending::none);
      whole ? static_cast<void>(upstream = TcpClient(Fd())) : upstream.reset();
      if (version == "1.1" && whole) {
        CHECK(client.read_until(bytes, "\r\n0\r\n\r\n") == Ending::none);
      } else if (version == "1.1") {
        CHECK(client.read_to_end(bytes) == Ending::fin);
        CHECK(bytes.find("\r\n0\r\n") == std::string::npos);
      } else {
        CHECK(client.read_to_end(bytes) == (whole ? Ending::fin : Ending::reset));
      }
      CHECK(worker.await_counter(Counter::aborted_by_upstream, whole ? 0 : 1) == (whole ? 0 : 1));
    }
  }
}

TEST_CASE("an early answer is readable while the client still sends, and says close (G21, G22, G56)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("POST /big HTTP/1.1\r\nHost: t\r\nContent-Length: 50000000\r\n\r\nfirst"));
  TcpClient upstream = worker.child().accept();
  std::string body;
  (void)read_head(upstream, &body);
  REQUIRE(upstream.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"));
  upstream = TcpClient(Fd());
  // More than the kernel could hold: the worker has to read it, or these bytes turn its close into a reset.
  CHECK(client.connection().send(std::string(20'000'000, 'x')));
  const Exchange answer = client.read_response();
  REQUIRE(answer.complete);
  CHECK(answer.response.status == 413);
  CHECK(answer.response.body == "big");
  CHECK(answer.response.says_close());
  CHECK(client.wait_end() == Ending::fin);
}

TEST_CASE("an early answer larger than all buffers reaches a client that sends all of its body before it reads (G21, G56)") {
  WorkerUnderTest worker;
  worker.serve();
  constexpr std::size_t kPage = 12'000'000, kUpload = 40'000'000;
  TcpClient client(worker.port());
  REQUIRE(client.send("POST /big HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(kUpload) + "\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: " + std::to_string(kPage) + "\r\n\r\n"));
  std::size_t sent = 0, answered = 0;
  const std::string block(1 << 16, 'x');
  const auto push = [&](int fd, std::size_t& done, std::size_t size) {
    const ssize_t taken = ::send(fd, block.data(), std::min(block.size(), size - done), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken > 0) done += static_cast<std::size_t>(taken);
    if (taken < 0 && errno != EAGAIN) done = size;  // reset: the client reads what there is
  };
  while (sent < kUpload) {
    pollfd entries[] = {{client.fd(), POLLOUT, 0}, {answered < kPage ? upstream.fd() : -1, POLLOUT, 0}};
    const int ready = ::poll(entries, 2, 5000);
    CHECK(ready > 0);
    if (ready <= 0) break;
    if (entries[0].revents != 0) push(client.fd(), sent, kUpload);
    if (entries[1].revents != 0) push(upstream.fd(), answered, kPage);
  }
  CHECK(sent == kUpload);
  std::string answer;
  for (Ending ending = Ending::none; ending == Ending::none && answered < kPage;) {
    push(upstream.fd(), answered, kPage);
    ending = client.read_some(answer, 100ms);
  }
  CHECK(client.read_to_end(answer) == Ending::fin);
  const std::size_t head = answer.find("\r\n\r\n");
  REQUIRE(head != std::string::npos);
  CHECK(answer.size() - head - 4 == kPage);
}

TEST_CASE("a client that resets, or leaves with its answer unread, cancels its request at the child (G28)") {
  for (const bool back_pressured : {false, true}) {
    CAPTURE(back_pressured);
    WorkerUnderTest worker;
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/"));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    if (back_pressured) {
      REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"));
      while (upstream.send(std::string(1'000'000, 'x'), 200ms)) {
      }
      client = HttpClient(worker.port());  // closes the first with bytes unread
    } else {
      client.connection().reset();
    }
    std::string bytes;
    CHECK(upstream.read_to_end(bytes) != Ending::timeout);
    CHECK(worker.await_counter(Counter::aborted_by_client, 1) == 1);
    CHECK(worker.counter(Counter::responses) == 0);
  }
}

TEST_CASE("a client that ends in the middle of its body cancels its request") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nhalf"));
  client.connection().shutdown_write();
  TcpClient upstream = worker.child().accept();
  std::string body;
  (void)read_head(upstream, &body);
  while (body.size() < 4) REQUIRE(upstream.read_some(body) == Ending::none);
  CHECK(body == "half");
  CHECK(upstream.read_some(body) != Ending::none);
  CHECK(worker.await_counter(Counter::aborted_by_client, 1) == 1);
}

TEST_CASE("an invalid request gets 400 and close, and nothing after it is looked at (G86)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n"));
  const Exchange answer = client.read_response();
  CHECK(answer.response.status == 400);
  CHECK(answer.response.says_close());
  CHECK(client.wait_end() == Ending::fin);
  CHECK(worker.counter(Counter::replies_400) == 1);
  CHECK(worker.counter(Counter::upstream_connects) == 0);
}

TEST_CASE("a body that breaks its framing gets 400, or cuts an answer that has begun (G57)") {
  for (const bool answer_begun : {false, true}) {
    CAPTURE(answer_begun);
    WorkerUnderTest worker;
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"));
    TcpClient upstream = worker.child().accept();
    std::string body;
    (void)read_head(upstream, &body);
    std::string bytes;
    if (answer_begun) {
      REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"));
      REQUIRE(client.connection().read_until(bytes, "\r\n1\r\na\r\n") == Ending::none);
    }
    REQUIRE(client.connection().send("zz\r\n"));
    CHECK(client.connection().read_to_end(bytes) == Ending::fin);
    CHECK(bytes.starts_with(answer_begun ? "HTTP/1.1 200" : "HTTP/1.1 400"));
    CHECK(bytes.find("\r\n0\r\n") == std::string::npos);
    CHECK(bytes.rfind("HTTP/1.1") == 0);
    CHECK(upstream.read_to_end(body) != Ending::timeout);
  }
}
