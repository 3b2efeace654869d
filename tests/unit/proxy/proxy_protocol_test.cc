// Load balancers that announce their clients by a PROXY header (G121 to G123).
#include <doctest/doctest.h>

#include "proto/proxy_header.h"
#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

namespace {

constexpr std::string_view kV1 = "PROXY TCP4 203.0.113.9 198.51.100.1 56324 443\r\n";
constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

WorkerUnderTest::Adjust accepting(config::ProxyAccept accept, const char* trust = "127.0.0.0/8", bool tcp = false) {
  return [=](config::Settings& settings) {
    settings.forward.proxy_accept = accept;
    settings.forward.trust.push_back(Network::parse(trust).value());
    settings.timeouts.proxy_header = milliseconds(300);
    settings.tcp = tcp;
  };
}

const auto kAny = accepting(config::ProxyAccept::any);

std::string v2(const char* client = "203.0.113.9:56324", const char* server = "198.51.100.1:443") {
  std::string out;
  proto::append_proxy_header_v2(out, Address::parse(client).value(), Address::parse(server).value());
  return out;
}

std::string v2_local() {
  std::string out;
  proto::append_proxy_header_v2_local(out);
  return out;
}

// What the child hears of a request on this connection, which is answered.
std::string seen_by_child(WorkerUnderTest& worker, TcpClient& client) {
  TcpClient upstream = worker.child().accept();
  const std::string head = read_head(upstream);
  REQUIRE(upstream.send(kAnswer));
  std::string answer;
  CHECK(client.read_until(answer, "ok") == Ending::none);
  return head;
}

// The connection is closed, and nothing was said on it.
void check_closed_silently(TcpClient& client) {
  std::string got;
  const Ending ending = client.read_to_end(got);
  CHECK((ending == Ending::fin || ending == Ending::reset));
  CHECK(got == "");
}

}  // namespace

TEST_CASE("G122, G123: who a trusted load balancer announces is the client, and where it connected is told too") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  for (const std::string& header : {std::string(kV1), v2()}) {
    TcpClient client(worker.port());
    REQUIRE(client.send(header + std::string(kRequest)));
    const std::string head = seen_by_child(worker, client);
    CHECK(has_line(head, "X-Forwarded-For: 203.0.113.9"));
    CHECK(has_line(head, "X-Forwarded-Port: 443"));
  }
  CHECK(worker.counter(Counter::proxy_headers_refused) == 0);
}

TEST_CASE("G121: who forwards bytes writes no X-Forwarded-For, so a client's own is replaced though the load balancer is trusted") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  constexpr std::string_view kForged = "GET / HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 192.0.2.66\r\n\r\n";
  for (const std::string& header : {std::string(kV1), v2(), std::string("PROXY UNKNOWN\r\n")}) {
    TcpClient client(worker.port());
    REQUIRE(client.send(header + std::string(kForged)));
    CHECK(seen_by_child(worker, client).find("192.0.2.66") == std::string::npos);
  }
  TcpClient client(worker.port());
  REQUIRE(client.send("PROXY TCP4 127.0.0.9 127.0.0.1 1 2\r\n" + std::string(kForged)));  // announced: another trusted proxy
  CHECK(has_line(seen_by_child(worker, client), "X-Forwarded-For: 192.0.2.66, 127.0.0.9"));
}

TEST_CASE("G122, G123: LOCAL and UNKNOWN keep the connection's own ends") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  for (const std::string& header : {v2_local(), std::string("PROXY UNKNOWN ffff:f...f ffff:f...f 65535 65535\r\n")}) {
    TcpClient client(worker.port());
    REQUIRE(client.send(header + std::string(kRequest)));
    const std::string head = seen_by_child(worker, client);
    CHECK(has_line(head, "X-Forwarded-For: 127.0.0.1"));
    CHECK(has_line(head, "X-Forwarded-Port: " + std::to_string(worker.port())));
  }
}

TEST_CASE("G123: a header may come byte by byte, and what follows it in the same packet is not lost") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  for (const std::string& header : {std::string(kV1), v2()}) {
    TcpClient client(worker.port());
    const std::string all = header + std::string(kRequest);
    for (std::size_t i = 0; i + 5 < all.size(); ++i) {
      REQUIRE(client.send(all.substr(i, 1)));
      if (i % 8 == 0) worker.sync();
    }
    REQUIRE(client.send(all.substr(all.size() - 5)));
    CHECK(has_line(seen_by_child(worker, client), "X-Forwarded-For: 203.0.113.9"));
  }
}

TEST_CASE("G122: a v1 line has 107 bytes at most; with 108 the connection is closed") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  const auto line = [](std::size_t size) { return "PROXY UNKNOWN " + std::string(size - 16, 'x') + "\r\n"; };
  for (const std::size_t size : {106U, 107U}) {
    TcpClient client(worker.port());
    REQUIRE(client.send(line(size) + std::string(kRequest)));
    CHECK(seen_by_child(worker, client).starts_with("GET / HTTP/1.1\r\n"));
  }
  TcpClient client(worker.port());
  REQUIRE(client.send(line(108) + std::string(kRequest)));
  check_closed_silently(client);
  CHECK(worker.await_counter(Counter::proxy_headers_refused, 1) == 1);
}

TEST_CASE("G121: a trusted peer that does not begin with a header, or with one of another version, is closed without an answer") {
  const auto refused = [](config::ProxyAccept accept, std::string_view bytes) {
    WorkerUnderTest worker(accepting(accept));
    worker.serve();
    TcpClient client(worker.port());
    REQUIRE(client.send(bytes));
    check_closed_silently(client);
    CHECK(worker.await_counter(Counter::proxy_headers_refused, 1) == 1);
    CHECK_FALSE(worker.child().somebody_waits());
  };
  refused(config::ProxyAccept::any, kRequest);
  refused(config::ProxyAccept::any, "PROXY TCP4 999.0.0.1 1.2.3.4 1 2\r\n");
  refused(config::ProxyAccept::v1, v2());
  refused(config::ProxyAccept::v2, kV1);
}

TEST_CASE("G121: a second header is a bad request") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  for (const std::string& header : {std::string(kV1), v2()}) {
    TcpClient client(worker.port());
    REQUIRE(client.send(header + header + std::string(kRequest)));
    std::string answer;
    CHECK(client.read_to_end(answer) == Ending::fin);
    CHECK(answer.starts_with("HTTP/1.1 400 "));
  }
  CHECK_FALSE(worker.child().somebody_waits());
}

TEST_CASE("G121: a peer outside of trust is its own client, and a header from it is a bad request") {
  WorkerUnderTest worker(accepting(config::ProxyAccept::any, "192.0.2.0/24"));
  worker.serve();
  for (const std::string& header : {std::string(kV1), v2()}) {
    TcpClient client(worker.port());
    REQUIRE(client.send(header + std::string(kRequest)));
    std::string answer;
    CHECK(client.read_to_end(answer) == Ending::fin);
    CHECK(answer.starts_with("HTTP/1.1 400 "));
    CHECK(answer.find("a PROXY header, which is not expected from this peer") != std::string::npos);
  }
  TcpClient client(worker.port());
  REQUIRE(client.send(kRequest));
  CHECK(has_line(seen_by_child(worker, client), "X-Forwarded-For: 127.0.0.1"));
}

TEST_CASE("G121: who takes longer than timeouts.proxy_header for it is closed, whether bytes trickle or none come") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  const auto begin = now();
  TcpClient silent(worker.port()), slow(worker.port());
  for (const char byte : kV1.substr(0, 40)) {
    if (!slow.send(std::string_view(&byte, 1))) break;
    std::string got;
    if (slow.read_some(got, 20ms) != Ending::timeout) break;  // closed
  }
  check_closed_silently(slow);
  check_closed_silently(silent);
  CHECK(now() - begin >= milliseconds(300));
  CHECK(now() - begin < seconds(5));
  CHECK(worker.await_counter(Counter::connections_closed, 2) == 2);
  CHECK(worker.counter(Counter::proxy_headers_refused) == 1);  // who says nothing is a health check
}

TEST_CASE("G121: a health check that connects and closes is no mistake, nor is one that closes after the header") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  { TcpClient client(worker.port()); }
  {
    TcpClient client(worker.port());
    REQUIRE(client.send(v2_local()));
  }
  {
    TcpClient client(worker.port());
    REQUIRE(client.send(kV1.substr(0, 20)));
    client.shutdown_write();
    check_closed_silently(client);
  }
  CHECK(worker.await_counter(Counter::connections_closed, 3) == 3);
  CHECK(worker.counter(Counter::connections_accepted) == 3);
  CHECK(worker.counter(Counter::proxy_headers_refused) == 0);
}

TEST_CASE("G121: with tcp the header is taken off, and the server may speak first") {
  WorkerUnderTest worker(accepting(config::ProxyAccept::any, "127.0.0.0/8", true));
  worker.serve();
  for (const std::string& header : {std::string(kV1), v2()}) {
    TcpClient client(worker.port());
    REQUIRE(client.send(header.substr(0, 7)));
    worker.sync();
    CHECK_FALSE(worker.child().somebody_waits());
    REQUIRE(client.send(header.substr(7)));
    TcpClient upstream = worker.child().accept();
    REQUIRE(upstream.send("220 hello"));
    std::string got;
    CHECK(client.read_bytes(got, 9) == Ending::none);
    REQUIRE(client.send(header));  // once more: by now it belongs to the server
    CHECK(read_exactly(upstream, header.size()) == header);
  }
}

TEST_CASE("G121: a header under way holds a drain no longer than its time; one that has come is served to the end") {
  WorkerUnderTest worker(kAny);
  worker.serve();
  TcpClient silent(worker.port()), begun(worker.port()), whole(worker.port());
  REQUIRE(begun.send(kV1.substr(0, 10)));
  worker.sync();
  worker.set_phase(core::Phase::draining, now() + seconds(5));
  CHECK(worker.await_census([](const auto& census) { return census.finite == 1; }).idle == 2);
  REQUIRE(whole.send(std::string(kV1) + std::string(kRequest)));
  CHECK(has_line(seen_by_child(worker, whole), "X-Forwarded-For: 203.0.113.9"));
  (void)worker.await_census([](const auto& census) { return census.finite == 0; });
  check_closed_silently(begun);
  check_closed_silently(silent);
  whole.shutdown_write();
  worker.finish(seconds(5));
  CHECK(worker.wait_exit() == 0);
}
