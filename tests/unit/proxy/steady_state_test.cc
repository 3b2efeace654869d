// What the hot path promises: a request on connections that are warm costs no memory (docs/design.md, section 4).
#include <doctest/doctest.h>
#include <poll.h>

#include "proxy/worker_context.h"
#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;

namespace {

// A connection to the child for each of several clients, and every buffer grown to its size.
struct Warm {
  explicit Warm(WorkerUnderTest& worker) {
    for (int i = 0; i < 3; ++i) clients.emplace_back(worker.port());
    for (auto& client : clients) REQUIRE(client.send_request("GET", "/"));
    for (std::size_t i = 0; i < clients.size(); ++i) {
      upstreams.push_back(worker.child().accept());
      (void)read_head(upstreams.back());
    }
    for (auto& upstream : upstreams) REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    for (auto& client : clients) CHECK(client.read_response().complete);
    worker.sync();
  }
  std::vector<HttpClient> clients;
  std::vector<TcpClient> upstreams;
};

}  // namespace

TEST_CASE("a steady keep-alive request allocates nothing") {
  WorkerUnderTest worker({}, FakeChild(), WorkerUnderTest::kNotNow);
  worker.serve();
  Warm warm(worker);
  // The newest pooled connection is taken, so one of the three carries all of it; which one shows in the first exchange.
  HttpClient& client = warm.clients.front();
  REQUIRE(client.send_request("GET", "/"));
  std::size_t used = 0;
  for (bool found = false; !found; used += found ? 0 : 1) {
    REQUIRE(used < warm.upstreams.size());
    found = wait_for(warm.upstreams[used].fd(), POLLIN, Deadline::in(50ms)) != 0;
  }
  TcpClient& upstream = warm.upstreams[used];
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  CHECK(client.read_response().complete);
  exchange_one(client, upstream);

  constexpr std::uint64_t kRequests = 500;
  worker.sync();
  const std::uint64_t before = worker.allocations();
  CHECK(before > 0);
  for (std::uint64_t i = 0; i < kRequests; ++i) exchange_one(client, upstream);
  CHECK(worker.allocations() - before == 0);
}

TEST_CASE("a steady chunked upload and download allocates nothing per piece") {
  WorkerUnderTest worker({}, FakeChild(), WorkerUnderTest::kNotNow);
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("PUT / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  (void)read_head(client.connection());
  constexpr std::string_view kPiece = "4\r\nbyte\r\n4\r\nbyte\r\n";
  constexpr std::string_view kReframed = "8\r\nbytebyte\r\n";
  const auto exchange = [&] {
    REQUIRE(client.connection().send(kPiece));
    CHECK(read_exactly(upstream, kReframed.size()) == kReframed);
    REQUIRE(upstream.send(kPiece));
    CHECK(read_exactly(client.connection(), kReframed.size()) == kReframed);
  };
  exchange();
  worker.sync();
  const std::uint64_t before = worker.allocations();
  for (int i = 0; i < 300; ++i) exchange();
  CHECK(worker.allocations() - before == 0);
}
