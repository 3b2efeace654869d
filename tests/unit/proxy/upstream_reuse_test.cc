// The pool of connections to the child: reused while that is safe, never when the child has closed, retried only where it does no harm.
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// A connection to the child that has carried one request and is pooled.
TcpClient pooled_connection(WorkerUnderTest& worker) {
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/first"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send(kOk));
  CHECK(client.read_response().complete);
  CHECK(worker.await_counter(Counter::responses, 1) == 1);
  return upstream;
}

}  // namespace

TEST_CASE("one pooled connection carries the requests of many clients") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient upstream = pooled_connection(worker);
  for (int i = 0; i < 5; ++i) {
    HttpClient client(worker.port());
    exchange_one(client, upstream);
  }
  CHECK_FALSE(worker.child().somebody_waits());
  CHECK(worker.counter(Counter::upstream_connects) == 1);
  CHECK(worker.counter(Counter::upstream_reused) == 5);
}

TEST_CASE("a pooled connection that the child has closed is not used (G61)") {
  WorkerUnderTest worker;
  worker.serve();
  { TcpClient closed = pooled_connection(worker); }
  worker.sync();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("POST", "/", "x"));
  TcpClient upstream = worker.child().accept();
  std::string body;
  (void)read_head(upstream, &body);
  REQUIRE(upstream.send(kOk));
  CHECK(client.read_response().response.status == 200);
  CHECK(worker.counter(Counter::upstream_reused) == 0);
  CHECK(worker.counter(Counter::upstream_retries) == 0);
}

TEST_CASE("a connection on which the child says close, or more than its answer, is not used again (G88)") {
  for (const std::string answer : {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
                                   "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"}) {
    CAPTURE(answer);
    WorkerUnderTest worker;
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/"));
    TcpClient first = worker.child().accept();
    (void)read_head(first);
    REQUIRE(first.send(answer));
    CHECK(client.read_response().complete);
    REQUIRE(client.send_request("GET", "/next"));
    TcpClient second = worker.child().accept();
    CHECK(read_head(second).starts_with("GET /next "));
    REQUIRE(second.send(kOk));
    CHECK(client.read_response().response.body == "ok");
  }
}

TEST_CASE("bytes that come later on a pooled connection end it (G88)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient upstream = pooled_connection(worker);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"));
  worker.sync();
  std::string bytes;
  CHECK(upstream.read_to_end(bytes) != Ending::timeout);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient fresh = worker.child().accept();
  (void)read_head(fresh);
  REQUIRE(fresh.send(kOk));
  CHECK(client.read_response().response.body == "ok");
}

TEST_CASE("a pooled connection is given up before the child's keep-alive timeout (G61)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=1\r\n\r\nok"));
  CHECK(client.read_response().complete);
  std::string bytes;
  CHECK(upstream.read_to_end(bytes) == Ending::fin);  // one second less a second: not pooled at all
}

TEST_CASE("a pooled connection is closed when its time is over") {
  WorkerUnderTest worker([](auto& settings) { settings.timeouts.upstream_idle = milliseconds(50); });
  worker.serve();
  TcpClient upstream = pooled_connection(worker);
  std::string bytes;
  CHECK(upstream.read_to_end(bytes) == Ending::fin);
}

TEST_CASE("an idempotent request that meets the child's idle close is repeated once, on a fresh connection (G59)") {
  for (const std::string_view method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) {
    CAPTURE(method);
    WorkerUnderTest worker;
    worker.serve();
    TcpClient stale = pooled_connection(worker);
    HttpClient client(worker.port());
    REQUIRE(client.send_request(method, "/again"));
    const std::string first = read_head(stale);
    stale = TcpClient(Fd());  // closes after it has read the request: what an idle close that crosses the request looks like
    TcpClient fresh = worker.child().accept();
    CHECK(read_head(fresh) == first);
    REQUIRE(fresh.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    CHECK(client.read_response(kPatience, method == "HEAD").response.status == 200);
    CHECK(worker.counter(Counter::upstream_retries) == 1);
  }
}

TEST_CASE("a repeated request that fails again gets 502, not a third try (G59)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient stale = pooled_connection(worker);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/again"));
  (void)read_head(stale);
  stale.reset();
  TcpClient fresh = worker.child().accept();
  (void)read_head(fresh);
  fresh.reset();
  CHECK(client.read_response().response.status == 502);
  CHECK_FALSE(worker.child().somebody_waits());
  CHECK(worker.counter(Counter::aborted_by_upstream) == 1);
}

TEST_CASE("a request that may not be repeated never is, however it fails (G59)") {
  for (const bool reset : {false, true}) {
    WorkerUnderTest worker;
    worker.serve();
    TcpClient stale = pooled_connection(worker);
    HttpClient client(worker.port());
    REQUIRE(client.send_request("POST", "/pay", "1"));
    std::string body;
    (void)read_head(stale, &body);
    reset ? stale.reset() : static_cast<void>(stale = TcpClient(Fd()));
    const Exchange answer = client.read_response();
    CHECK(answer.complete);
    CHECK(answer.response.status == 502);
    CHECK(answer.response.says_close());
    CHECK_FALSE(worker.child().somebody_waits());
    CHECK(worker.counter(Counter::upstream_retries) == 0);
    CHECK(worker.counter(Counter::replies_502) == 1);
  }
}

TEST_CASE("a POST without a body is not repeated either (G59)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient stale = pooled_connection(worker);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("POST", "/launch", "", "Content-Length: 0\r\n"));
  (void)read_head(stale);
  stale = TcpClient(Fd());
  CHECK(client.read_response().response.status == 502);
  CHECK_FALSE(worker.child().somebody_waits());
}

TEST_CASE("an idempotent request whose body has been passed on is not repeated (G63)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient stale = pooled_connection(worker);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("PUT", "/file", "content"));
  std::string body;
  (void)read_head(stale, &body);
  stale = TcpClient(Fd());
  CHECK(client.read_response().response.status == 502);
  CHECK_FALSE(worker.child().somebody_waits());
}

TEST_CASE("an answer that has begun is not asked for again (G59)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient stale = pooled_connection(worker);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  (void)read_head(stale);
  REQUIRE(stale.send("HTTP/1.1 20"));
  stale = TcpClient(Fd());
  CHECK(client.read_response().response.status == 502);
  CHECK_FALSE(worker.child().somebody_waits());
}

TEST_CASE("a repetition that finds no child gets 503, and the worker lives on (G54)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient stale = pooled_connection(worker);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  (void)read_head(stale);
  // The supervisor saw the child die before the worker sees its connection end.
  worker.set_upstream(proto::InstanceState::gone);
  worker.sync();
  stale.reset();
  const Exchange answer = client.read_response();
  CHECK(answer.response.status == 503);
  CHECK(answer.response.header("retry-after") == "1");
  worker.sync();
}

TEST_CASE("a repetition that the child refuses gets 503") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient stale = pooled_connection(worker);
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  (void)read_head(stale);
  worker.child().stop_listening();
  stale.reset();
  CHECK(client.read_response().response.status == 503);
}

TEST_CASE("a child on a Unix socket is served, pooled, retried and missed like any other") {
  const TempDir directory;
  WorkerUnderTest worker({}, FakeChild::on_unix_socket(directory.path() + "/child.sock"));
  worker.serve();
  TcpClient stale = pooled_connection(worker);
  HttpClient client(worker.port());
  exchange_one(client, stale);
  REQUIRE(client.send_request("GET", "/"));
  (void)read_head(stale);
  stale = TcpClient(Fd());
  TcpClient fresh = worker.child().accept();
  (void)read_head(fresh);
  REQUIRE(fresh.send(kOk));
  CHECK(client.read_response().response.status == 200);
  REQUIRE(client.send_request("GET", "/"));
  (void)read_head(fresh);
  worker.child().stop_listening();  // a Unix socket refuses at once
  fresh = TcpClient(Fd());
  CHECK(client.read_response().response.status == 503);
  CHECK(worker.counter(Counter::upstream_connect_failures) == 1);
}
