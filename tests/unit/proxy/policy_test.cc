// What the user may decide about requests on their way: whom to believe, what to add, how large a body may be, and what we say ourselves.
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

namespace {

WorkerUnderTest::Adjust trusting(const char* network) {
  return [network](config::Settings& settings) {
    auto parsed = Network::parse(network);
    REQUIRE(parsed.ok());
    settings.forward.trust.push_back(parsed.value());
  };
}

// GET / with these fields, as the child sees it; the child then answers.
std::string head_seen(WorkerUnderTest& worker, std::string_view fields) {
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/", "", fields));
  TcpClient upstream = worker.child().accept();
  std::string head = read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"));
  CHECK(client.read_response().complete);
  return head;
}

std::string value_of(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

TEST_CASE("a peer in `trust` is appended to the chain that it brings; any other begins a new one (G95)") {
  constexpr std::string_view kChain = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
  WorkerUnderTest trusted(trusting("127.0.0.0/8")), stranger(trusting("10.0.0.0/8"));
  trusted.serve();
  stranger.serve();
  const std::string kept = head_seen(trusted, kChain);
  CHECK(value_of(kept, "X-Forwarded-For") == "203.0.113.9, 127.0.0.1");
  CHECK(value_of(kept, "X-Forwarded-Proto") == "https");
  const std::string replaced = head_seen(stranger, kChain);
  CHECK(value_of(replaced, "X-Forwarded-For") == "127.0.0.1");
  CHECK(value_of(replaced, "X-Forwarded-Proto") == "http");
}

TEST_CASE("the child learns the port at which each client connected (G95)") {
  WorkerUnderTest worker;
  worker.serve();
  CHECK(value_of(head_seen(worker, ""), "X-Forwarded-Port") == std::to_string(worker.port()));
}

TEST_CASE("Forwarded and Via are written where the user wants them (G67, G95)") {
  WorkerUnderTest worker([](config::Settings& settings) {
    settings.forward.style = config::ForwardedStyle::both;
    settings.forward.via = true;
  });
  worker.serve();
  const std::string head = head_seen(worker, "");
  CHECK(value_of(head, "Forwarded") == "for=127.0.0.1;host=test;proto=http");
  CHECK(value_of(head, "X-Forwarded-For") == "127.0.0.1");
  CHECK(value_of(head, "Via").starts_with("1.1 lastcall-"));
  CHECK(value_of(head, "CDN-Loop").empty());
}

TEST_CASE("every request gets an id of its own, and a stranger's is not taken over") {
  WorkerUnderTest worker([](config::Settings& settings) { settings.forward.request_id = "X-Request-Id"; });
  worker.serve();
  const std::string first = value_of(head_seen(worker, ""), "X-Request-Id");
  const std::string second = value_of(head_seen(worker, "X-Request-Id: mine\r\n"), "X-Request-Id");
  CHECK(first.size() == 32);
  CHECK(second.size() == 32);
  CHECK(first != second);
}

TEST_CASE("a body over max_body is 413 before the child hears of it, and readable though the client goes on sending (G21, G92)") {
  WorkerUnderTest worker([](config::Settings& settings) { settings.forward.max_body = 1000; });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3000000\r\n\r\n"));
  REQUIRE(client.connection().send(std::string(3'000'000, 'x')));
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.status == 413);
  CHECK(answer.response.says_close());
  CHECK_FALSE(worker.child().somebody_waits());
}

TEST_CASE("a chunked body is 413 with the chunk that goes over max_body, and the child never sees its end (G92)") {
  WorkerUnderTest worker([](config::Settings& settings) { settings.forward.max_body = 10; });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n"));
  TcpClient upstream = worker.child().accept();
  std::string body;
  CHECK(read_head(upstream, &body).starts_with("POST / "));
  REQUIRE(client.connection().send("5\r\n78901\r\n0\r\n\r\n"));
  CHECK(client.read_response().response.status == 413);
  CHECK(upstream.read_to_end(body) != Ending::timeout);
  CHECK(body == "6\r\n123456\r\n");
}

TEST_CASE("trailers of the child reach a client that takes them, without those that may not come (G77)") {
  WorkerUnderTest worker;
  worker.serve();
  for (const bool takes : {true, false}) {
    CAPTURE(takes);
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/", "", takes ? "TE: trailers\r\nConnection: TE\r\n" : ""));
    TcpClient upstream = worker.child().accept();
    CHECK(value_of(read_head(upstream), "TE") == (takes ? "trailers" : ""));
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: close\r\n\r\n"
                          "2\r\nhi\r\n0\r\nX-Sum: 7\r\nContent-Length: 5\r\n\r\n"));
    const Exchange answer = client.read_response();
    CHECK(answer.complete);
    CHECK(answer.response.body == "hi");
    CHECK(answer.response.header("trailer") == (takes ? "X-Sum" : ""));
    CHECK(answer.response.trailers == (takes ? std::vector<std::string>{"X-Sum: 7"} : std::vector<std::string>{}));
  }
}

TEST_CASE("trailers that come alone, after the last byte of the body, are passed on as well (G77)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/", "", "TE: trailers\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"));
  std::string so_far;
  REQUIRE(client.connection().read_until(so_far, "hi\r\n") == Ending::none);
  REQUIRE(upstream.send("0\r\nX-Sum: 7\r\n\r\n"));
  REQUIRE(client.connection().read_until(so_far, "0\r\nX-Sum: 7\r\n\r\n") == Ending::none);
  CHECK(so_far.ends_with("2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n"));
}

TEST_CASE("the user's page is the body of 502 and 503, and of nothing else that we say (G54)") {
  WorkerUnderTest worker([](config::Settings& settings) { settings.forward.error_page = "<p>back soon"; });
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("POST", "/"));
  {
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
  }
  const Exchange bad_gateway = client.read_response();
  CHECK(bad_gateway.response.status == 502);
  CHECK(bad_gateway.response.body == "<p>back soon");
  CHECK(bad_gateway.response.header("content-type") == "text/html; charset=utf-8");
  worker.set_phase(core::Phase::lame_duck);
  worker.seal();
  HttpClient late(worker.port());
  const Exchange unavailable = late.request("GET", "/");
  CHECK(unavailable.response.status == 503);
  CHECK(unavailable.response.body == "<p>back soon");
  CHECK(unavailable.response.header("retry-after") == "1");
  HttpClient wrong(worker.port());
  CHECK(wrong.request("TRACE", "/").response.body.starts_with("405 "));
}

TEST_CASE("an OPTIONS that may go no further than us is answered by us (G67)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  const Exchange answer = client.request("OPTIONS", "/", "", "Max-Forwards: 0\r\n");
  CHECK(answer.response.status == 200);
  CHECK(answer.response.header("allow").find("GET") != std::string::npos);
  CHECK_FALSE(worker.child().somebody_waits());
}
