#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

TEST_CASE("a request and its answer pass with Content-Length both ways, and both connections stay") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("POST", "/form?x=1", "name=value", "Content-Type: text/form\r\n"));
  TcpClient upstream = worker.child().accept();
  std::string body;
  const std::string head = read_head(upstream, &body);
  CHECK(head.starts_with("POST /form?x=1 HTTP/1.1\r\n"));
  CHECK(has_line(head, "Content-Length: 10"));
  CHECK(has_line(head, "Content-Type: text/form"));
  CHECK(body == "name=value");  // head and small body come in one piece
  REQUIRE(upstream.send("HTTP/1.1 201 Made\r\nContent-Length: 4\r\nX-Own: 1\r\n\r\nmade"));
  const Exchange answer = client.read_response();
  REQUIRE(answer.complete);
  CHECK(answer.response.status == 201);
  CHECK(answer.response.body == "made");
  CHECK(answer.response.header("content-length") == "4");
  CHECK(answer.response.header("x-own") == "1");
  CHECK(answer.response.header("connection") == "");
  exchange_one(client, upstream);
  CHECK(worker.await_counter(Counter::responses, 2) == 2);
  CHECK(worker.counter(Counter::requests) == 2);
  CHECK(worker.counter(Counter::upstream_connects) == 1);
  CHECK(worker.counter(Counter::upstream_reused) == 1);
  CHECK(worker.counter(Counter::connections_accepted) == 1);
}

TEST_CASE("chunked bodies pass both ways with framing of our own (G85)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("PUT /up HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n"));
  TcpClient upstream = worker.child().accept();
  std::string body;
  const std::string head = read_head(upstream, &body);
  CHECK(has_line(head, "Transfer-Encoding: chunked"));
  CHECK_FALSE(has_line(head, "Content-Length: 3"));
  while (body.size() < 8) body += read_exactly(upstream, 8 - body.size());
  CHECK(body == "3\r\nabc\r\n");
  REQUIRE(client.connection().send("2\r\nde\r\n0\r\n\r\n"));
  CHECK(read_exactly(upstream, 12) == "2\r\nde\r\n0\r\n\r\n");

  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;junk\r\nwiki\r\n"));
  std::string bytes;
  REQUIRE(client.connection().read_until(bytes, "wiki\r\n") == Ending::none);
  CHECK(bytes.ends_with("\r\n\r\n4\r\nwiki\r\n"));
  REQUIRE(upstream.send("5\r\npedia\r\n0\r\n\r\n"));
  bytes.clear();
  REQUIRE(client.connection().read_until(bytes, "0\r\n\r\n") == Ending::none);
  CHECK(bytes == "5\r\npedia\r\n0\r\n\r\n");
  exchange_one(client, upstream);  // nobody lost count
}

TEST_CASE("answers without a body end at the blank line: HEAD, 204, 304 (G76)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("HEAD", "/"));
  TcpClient upstream = worker.child().accept();
  CHECK(read_head(upstream).starts_with("HEAD / HTTP/1.1\r\n"));
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
  Exchange answer = client.read_response(kPatience, true);
  CHECK(answer.complete);
  CHECK(answer.response.header("content-length") == "1000");
  for (const std::string status : {"204 No Content", "304 Not Modified"}) {
    CAPTURE(status);
    REQUIRE(client.send_request("GET", "/"));
    (void)read_head(upstream);
    REQUIRE(upstream.send("HTTP/1.1 " + status + "\r\nETag: \"1\"\r\n\r\n"));
    answer = client.read_response();
    CHECK(answer.complete);
    CHECK(std::to_string(answer.response.status) == status.substr(0, 3));
    CHECK(answer.response.count("transfer-encoding") == 0);
  }
  exchange_one(client, upstream);
  CHECK(worker.counter(Counter::upstream_connects) == 1);
}

TEST_CASE("the child learns who asked, and what clients claim about that is dropped (G95)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/", "", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\n"));
  TcpClient upstream = worker.child().accept();
  const std::string head = read_head(upstream);
  CHECK(has_line(head, "X-Forwarded-For: 127.0.0.1"));
  CHECK(has_line(head, "X-Forwarded-Proto: http"));
  CHECK(has_line(head, "X-Forwarded-Host: test"));
  CHECK(has_line(head, "Host: test"));
  CHECK(head.find("6.6.6.6") == std::string::npos);
}

TEST_CASE("a request that comes round to us again is answered 508, and no other lastcall is taken for us (G67)") {
  WorkerUnderTest worker, other;
  worker.serve();
  other.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  std::string head = read_head(upstream);
  const std::size_t begin = head.find("lastcall-");
  REQUIRE(begin != std::string::npos);
  const std::string name = head.substr(begin, head.find("\r\n", begin) - begin);
  HttpClient elsewhere(other.port());
  REQUIRE(elsewhere.send_request("GET", "/", "", "CDN-Loop: " + name + "\r\n"));
  TcpClient next = other.child().accept();
  CHECK(read_head(next).starts_with("GET / "));
  HttpClient again(worker.port());
  CHECK(again.request("GET", "/", "", "CDN-Loop: " + name + "\r\n").response.status == 508);
}

TEST_CASE("pipelined requests are answered in order, one at a time (G79)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\n" + std::to_string(i);
  REQUIRE(client.connection().send(requests));
  TcpClient upstream = worker.child().accept();
  for (int i = 0; i < 10; ++i) {
    std::string body;
    CHECK(read_head(upstream, &body).starts_with("POST /" + std::to_string(i) + " "));
    if (body.empty()) body = read_exactly(upstream, 1);
    CHECK(body == std::to_string(i));  // and not a byte of the next one
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + body));
  }
  for (int i = 0; i < 10; ++i) CHECK(client.read_response().response.body == std::to_string(i));
  CHECK(worker.counter(Counter::upstream_connects) == 1);
}

TEST_CASE("requests and answers that come a byte at a time arrive whole") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  const std::string request = "POST /slow HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
  for (const char c : request) REQUIRE(client.connection().send({&c, 1}));
  TcpClient upstream = worker.child().accept();
  std::string body;
  CHECK(read_head(upstream, &body).starts_with("POST /slow HTTP/1.1\r\n"));
  if (!body.ends_with("0\r\n\r\n")) REQUIRE(upstream.read_until(body, "0\r\n\r\n") == Ending::none);
  CHECK(body.find('a') < body.find('b'));
  const std::string answer = "HTTP/1.1 200 OK\r\nX-Own: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n";
  for (const char c : answer) {
    REQUIRE(upstream.send({&c, 1}));
    worker.sync();  // so that each really is read alone
  }
  const Exchange read = client.read_response();
  REQUIRE(read.complete);
  CHECK(read.response.body == "xyz");
  CHECK(read.response.header("x-own") == "1");
  exchange_one(client, upstream);
}

TEST_CASE("1xx answers are passed on as they come, and 100 is never invented (G55, G78)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  CHECK(has_line(read_head(upstream), "Expect: 100-continue"));
  worker.sync();
  std::string bytes;
  CHECK(client.connection().read_some(bytes, 0ms) == Ending::timeout);
  REQUIRE(upstream.send("HTTP/1.1 100 Continue\r\n\r\n"));
  REQUIRE(client.connection().read_until(bytes, "\r\n\r\n") == Ending::none);
  CHECK(bytes == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(client.connection().send("body"));
  CHECK(read_exactly(upstream, 4) == "body");
  REQUIRE(upstream.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.interim == std::vector<int>{103});
  CHECK(answer.response.body == "ok");
  CHECK(answer.response.header("connection") == "");
}

TEST_CASE("an HTTP/1.0 client gets no chunks and no 1xx: the close tells the end (G68)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient client(worker.port());
  REQUIRE(client.send("GET / HTTP/1.0\r\nHost: t\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  CHECK(read_head(upstream).starts_with("GET / HTTP/1.1\r\n"));
  REQUIRE(upstream.send("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
  std::string bytes;
  CHECK(client.read_to_end(bytes) == Ending::fin);
  CHECK(bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has_line(bytes, "Connection: close"));
  CHECK(bytes.ends_with("\r\n\r\nhello"));
}

TEST_CASE("an HTTP/1.0 client that asks for it keeps its connection") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  TcpClient upstream{Fd()};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client.connection().send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    if (i == 0) upstream = worker.child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
    const Exchange answer = client.read_response();
    REQUIRE(answer.complete);
    CHECK(answer.response.header("connection") == "keep-alive");
  }
}

TEST_CASE("a client that asks to close is told so and closed after its answer") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/", "", "Connection: close\r\n"));
  TcpClient upstream = worker.child().accept();
  CHECK(read_head(upstream).find("close") == std::string::npos);  // ours to the child stays
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.says_close());
  CHECK(client.wait_end() == Ending::fin);
  CHECK(worker.counter(Counter::responses_with_close) == 1);
  HttpClient next(worker.port());
  exchange_one(next, upstream);
}

TEST_CASE("a client that has closed its sending side still gets its answers (G24)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/1"));
  REQUIRE(client.send_request("GET", "/2"));
  client.connection().shutdown_write();
  TcpClient upstream = worker.child().accept();
  for (const std::string path : {"/1", "/2"}) {
    CHECK(read_head(upstream).starts_with("GET " + path + " "));
    worker.sync();  // the FIN has been seen
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + path));
    CHECK(client.read_response().response.body == path);
  }
  CHECK(client.wait_end() == Ending::fin);
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  CHECK(worker.counter(Counter::aborted_by_client) == 0);
}

TEST_CASE("bytes to and from clients are counted when a connection ends") {
  WorkerUnderTest worker;
  worker.serve();
  {
    HttpClient client(worker.port());
    REQUIRE(client.connection().send("GET / HTTP/1.1\r\nHost: t\r\n\r\n"));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x')));
    CHECK(client.read_response().response.body.size() == 100'000);
  }
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  CHECK(worker.counter(Counter::bytes_from_clients) == 27);
  CHECK(worker.counter(Counter::bytes_to_clients) == 100'000 + 43);
}
