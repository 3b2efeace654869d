// The PROXY header that tells the child who the client is (G207).
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include "os/socket.h"
#include "proto/proxy_header.h"
#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

WorkerUnderTest::Adjust sending(config::ProxySend send, bool tcp = false) {
  return [=](config::Settings& settings) {
    settings.forward.proxy_send = send;
    settings.tcp = tcp;
  };
}

// The header for this client, as the child must see it.
std::string header_for(config::ProxySend version, const TcpClient& client, std::uint16_t port) {
  std::string header;
  const Address own = os::local_address(client.fd()).value();
  version == config::ProxySend::v1 ? proto::append_proxy_header_v1(header, own, Address::loopback(port))
                                   : proto::append_proxy_header_v2(header, own, Address::loopback(port));
  return header;
}

// So many bytes and no more: what follows is the request.
std::string take(TcpClient& upstream, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    REQUIRE(wait_for(upstream.fd(), POLLIN, Deadline::in(kPatience)) != 0);
    const ssize_t got = ::recv(upstream.fd(), bytes.data() + have, size - have, 0);
    REQUIRE(got > 0);
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

void answer(TcpClient& upstream, HttpClient& client) {
  REQUIRE(upstream.send(kOk));
  CHECK(client.read_response().complete);
}

}  // namespace

TEST_CASE("G207: each connection to the child begins with the header of its client, once, and is that client's alone") {
  for (const config::ProxySend version : {config::ProxySend::v1, config::ProxySend::v2}) {
    WorkerUnderTest worker(sending(version));
    worker.serve();
    HttpClient one(worker.port()), two(worker.port());
    REQUIRE(one.send_request("GET", "/one"));
    TcpClient for_one = worker.child().accept();
    const std::string first = header_for(version, one.connection(), worker.port());
    CHECK(take(for_one, first.size()) == first);
    CHECK(read_head(for_one).starts_with("GET /one "));
    answer(for_one, one);

    REQUIRE(two.send_request("GET", "/two"));  // not on the connection that idles now
    TcpClient for_two = worker.child().accept();
    const std::string second = header_for(version, two.connection(), worker.port());
    CHECK(take(for_two, second.size()) == second);
    CHECK(read_head(for_two).starts_with("GET /two "));
    answer(for_two, two);

    REQUIRE(one.send_request("GET", "/again"));  // on its own, without a header
    CHECK(read_head(for_one).starts_with("GET /again "));
    answer(for_one, one);
    CHECK(worker.counter(Counter::upstream_connects) == 2);
    CHECK(worker.counter(Counter::upstream_reused) == 1);
  }
}

TEST_CASE("G207: a connection to the child ends with its client's") {
  WorkerUnderTest worker(sending(config::ProxySend::v2));
  worker.serve();
  TcpClient upstream = [&] {
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/"));
    TcpClient accepted = worker.child().accept();
    (void)take(accepted, header_for(config::ProxySend::v2, client.connection(), worker.port()).size());
    (void)read_head(accepted);
    answer(accepted, client);
    return accepted;
  }();
  std::string nothing;
  CHECK(upstream.read_to_end(nothing) == Ending::fin);
  CHECK(nothing == "");
}

TEST_CASE("G207: a retry on a new connection has its header too") {
  WorkerUnderTest worker(sending(config::ProxySend::v1));
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  const std::string header = header_for(config::ProxySend::v1, client.connection(), worker.port());
  {
    TcpClient upstream = worker.child().accept();
    CHECK(take(upstream, header.size()) == header);
    (void)read_head(upstream);
    answer(upstream, client);
    worker.pause(0ms, [&] {  // the request and the child's FIN come together
      REQUIRE(client.send_request("GET", "/again"));
      upstream.shutdown_write();
    });
    std::string rest;
    (void)upstream.read_to_end(rest);
  }
  TcpClient upstream = worker.child().accept();
  CHECK(take(upstream, header.size()) == header);
  CHECK(read_head(upstream).starts_with("GET /again "));
  answer(upstream, client);
}

TEST_CASE("G207: with tcp the header comes before the client's first byte, and before it says anything") {
  for (const config::ProxySend version : {config::ProxySend::v1, config::ProxySend::v2}) {
    WorkerUnderTest worker(sending(version, true));
    worker.serve();
    TcpClient client(worker.port());
    TcpClient upstream = worker.child().accept();
    const std::string header = header_for(version, client, worker.port());
    CHECK(take(upstream, header.size()) == header);
    REQUIRE(client.send("hello"));
    CHECK(take(upstream, 5) == "hello");
  }
}

TEST_CASE("G207: a client that was announced to us is announced to the child") {
  WorkerUnderTest worker([](config::Settings& settings) {
    settings.forward.proxy_accept = config::ProxyAccept::any;
    settings.forward.trust.push_back(Network::parse("127.0.0.0/8").value());
    settings.forward.proxy_send = config::ProxySend::v1;
  });
  worker.serve();
  constexpr std::string_view kHeader = "PROXY TCP4 203.0.113.9 198.51.100.1 56324 443\r\n";
  HttpClient client(worker.port());
  REQUIRE(client.connection().send(kHeader));
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  CHECK(take(upstream, kHeader.size()) == kHeader);
  CHECK(has_line(read_head(upstream), "X-Forwarded-For: 203.0.113.9"));
  answer(upstream, client);
}

TEST_CASE("G207: of a client on a Unix socket version 1 says UNKNOWN") {
  TempDir directory;
  const std::string path = directory.path("s");
  WorkerUnderTest worker([&](config::Settings& settings) {
    settings.forward.proxy_send = config::ProxySend::v1;
    settings.listen = {Address::parse("unix:" + path).value()};
  });
  worker.serve();
  auto socket = os::connect_to(Address::parse("unix:" + path).value());
  REQUIRE(socket.ok());
  TcpClient client(Fd(socket.value().release()));
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  constexpr std::string_view kUnknown = "PROXY UNKNOWN\r\n";
  CHECK(take(upstream, kUnknown.size()) == kUnknown);
  CHECK(has_line(read_head(upstream), "X-Forwarded-For: unix"));
  REQUIRE(upstream.send(kOk));
}
