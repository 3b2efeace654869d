// Who is closed without waiting for its FIN, and who is not (G21, G22).
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

namespace {

// The client's request, answered; it does not close its side.
void exchange(WorkerUnderTest& worker, TcpClient& client, const std::string& request, std::size_t body = 2) {
  REQUIRE(client.send(request));
  TcpClient upstream = worker.child().accept();
  std::string rest;
  (void)read_head(upstream, &rest);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" +
                        std::string(body, 'b')));
  std::string answer;
  CHECK(client.read_to_end(answer) == Ending::fin);
  CHECK(answer.ends_with("\r\n\r\n" + std::string(body, 'b')));
  worker.sync();
}

}  // namespace

TEST_CASE("a client that announced its close and has sent all is let go at once; it can still read") {
  for (const char* request : {"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    WorkerUnderTest worker;
    worker.serve();
    TcpClient client(worker.port());
    exchange(worker, client, request);
    CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
    CHECK(worker.counter(Counter::responses) == 1);
  }
}

TEST_CASE("whoever may still be sending, or has much to read, is waited for as ever (G21)") {
  const auto lingers = [](const std::string& request, std::size_t body) {
    WorkerUnderTest worker;
    worker.serve();
    TcpClient client(worker.port());
    exchange(worker, client, request, body);
    CHECK(worker.counter(Counter::connections_closed) == 0);
    client.shutdown_write();
    CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  };
  lingers("POST / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 2);
  lingers("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\nGET /more HTTP/1.1\r\n", 2);
  lingers("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 15'000);
}

TEST_CASE("a worker outlives a connection that was closed at once by the time that its last bytes may take") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient client(worker.port());
  const auto begin = now();
  exchange(worker, client, "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  worker.finish(seconds(5));
  CHECK(worker.wait_exit() == 0);
  CHECK(now() - begin >= milliseconds(250));
  CHECK(now() - begin < seconds(3));
}
