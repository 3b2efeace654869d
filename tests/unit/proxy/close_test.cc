// Who is closed without waiting for its FIN, and who is not (G21, G22).
#include <poll.h>

#include <doctest/doctest.h>

#include <cstdio>

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

// What a client may send behind its announcement all the same.
const std::string kSurplus[] = {"\r\n", "GET /more HTTP/1.1\r\nHost: t\r\n\r\n", std::string(50'000, 'x')};
const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + std::string(9000, 'b');
constexpr std::size_t kTalkers = 40;

struct Talker {
  TcpClient client, upstream;
};

// Clients that have announced their close; the child has their requests and has not answered.
std::deque<Talker> begin_talkers(WorkerUnderTest& worker) {
  std::deque<Talker> talkers;
  while (talkers.size() < kTalkers) {
    TcpClient client(worker.port());
    REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    talkers.push_back({std::move(client), std::move(upstream)});
  }
  return talkers;
}

std::size_t whole_answers(std::deque<Talker>& talkers) {
  std::size_t whole = 0;
  for (Talker& talker : talkers) {
    std::string answer;
    CHECK(talker.client.read_to_end(answer) != Ending::timeout);
    if (answer.ends_with("\r\n\r\n" + std::string(9000, 'b'))) ++whole;
  }
  return whole;
}

}  // namespace

TEST_CASE("a client that goes on sending behind its announced close still reads its whole answer (G21)") {
  for (const std::string& surplus : kSurplus) {
    CAPTURE(surplus.size());
    WorkerUnderTest worker;
    worker.serve();
    {  // the worker finds the answer and the surplus together
      auto talkers = begin_talkers(worker);
      worker.pause(0ms, [&] {
        for (Talker& talker : talkers) REQUIRE((talker.upstream.send(kAnswer) && talker.client.send(surplus)));
      });
      CHECK(whole_answers(talkers) == kTalkers);
    }
    // Behind our close, with the answer still in the client's kernel: what is sent then is answered by a reset.
    auto talkers = begin_talkers(worker);
    for (Talker& talker : talkers) REQUIRE(talker.upstream.send(kAnswer));
    worker.sync();
    for (Talker& talker : talkers) REQUIRE(wait_for(talker.client.fd(), POLLRDHUP, Deadline::in(kPatience)) != 0);
    for (Talker& talker : talkers) talker.client.send(surplus);
    for (Talker& talker : talkers) CHECK(wait_for(talker.client.fd(), POLLHUP, Deadline::in(kPatience)) != 0);
    CHECK(whole_answers(talkers) == kTalkers);
  }
}

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
  lingers("POST / HTTP/1.0\r\n\r\n", 2);
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
