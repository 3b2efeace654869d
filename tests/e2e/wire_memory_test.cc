// What does not read costs little and delays nobody: stalled readers of a 1 GB answer (G94, G201). 100 of them, or 1,000 with
// LASTCALL_FULL=1; the child is played on a Unix socket, since 1,000 times what a TCP child fills its own send buffer with (4 MB) is more
// than the kernel grants.
#include <poll.h>
#include <sys/resource.h>

#include <cstdio>

#include "played_child.h"

using namespace lastcall::test;

namespace {

// What one stalled reader may cost the worker: the part of one read that the client did not take (at most 128 KiB), the parsers, and
// what the allocator adds.
constexpr long kPerReaderKib = 160;
constexpr long kFixedKib = 4096;

// The test's own descriptors, the worker's two per reader and the child's one.
void allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  REQUIRE(limit.rlim_max >= wanted);
  limit.rlim_cur = limit.rlim_max;
  check(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

void serve_one(PlayedChild& child, std::uint16_t port) {
  HttpClient client(port);
  REQUIRE(client.send_request("GET", "/small"));
  TcpClient connection = child.accept();
  REQUIRE(target_of(read_head(connection)) == "/small");
  REQUIRE(connection.send(answer("hello", "Connection: close\r\n")));
  REQUIRE(client.read_response().response.body == "hello");
}

}  // namespace

TEST_CASE("stalled readers of a 1 GB answer: bounded memory, others are served, the stop keeps its deadline (G94, G201)") {
  const std::size_t count = full_counts() ? 1000 : 100;
  allow_descriptors(2 * count + 500);
  PlayedChild child(PlayedChild::Where::unix_socket);
  RunOptions options = child.options();
  options.grace = "5s";
  LastcallRun run(std::move(options));
  SHOW_LOG(run);
  REQUIRE(child.wait_ready(run));
  serve_one(child, run.port());
  const long before = resident_kib(run.worker_pid());

  std::vector<HttpClient> stalled;
  std::vector<TcpClient> answering;
  const std::string block(1 << 16, 'x');
  while (stalled.size() < count) {
    HttpClient& client = stalled.emplace_back(run.port());
    client.connection().set_receive_buffer(64 * 1024);
    REQUIRE(client.send_request("GET", "/endless"));
    TcpClient& connection = answering.emplace_back(child.accept());
    REQUIRE(!read_head(connection).empty());
    REQUIRE(connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"));
    while (connection.send(block, 10ms)) {}  // until all buffers on the way are full
  }
  const auto start = Clock::now();
  for (int i = 0; i < 200; ++i) serve_one(child, run.port());
  const Milliseconds others = elapsed_since(start);
  const long grown = resident_kib(run.worker_pid()) - before;
  std::printf("%zu stalled readers: the worker grew by %ld KiB, %ld KiB each; 200 other requests took %ld ms\n", count, grown,
              grown / static_cast<long>(count), static_cast<long>(others.count()));
  CHECK(grown < kFixedKib + kPerReaderKib * static_cast<long>(count));
  CHECK(others < 10s);

  run.stop();
  const auto status = run.wait_exit();
  // Finite requests were dropped at the deadline, as the user decided by the grace: decision 7.
  CHECK_MESSAGE((status == ExitStatus{false, 1}), to_string(status));
  CHECK(run.since_stop() < 5000ms);
  REQUIRE(run.wait_event("report"));
  const Event report = *run.wait_event("report");
  CHECK(report.number("dropped_finite") + report.number("lost_in_worker") == static_cast<std::int64_t>(count));
  CHECK(leftovers().empty());
}

TEST_CASE("readers that stall past the send time are reset, and their memory and their child's connections come back (G94, G201)") {
  RunOptions options = run_node("streams_server.js", {"--timeouts-send", "500ms"});
  LastcallRun run(std::move(options));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  std::vector<HttpClient> stalled;
  for (int i = 0; i < 50; ++i) {
    stalled.emplace_back(run.port());
    stalled.back().connection().set_receive_buffer(64 * 1024);
    REQUIRE(stalled.back().send_request("GET", "/big?bytes=1000000000"));
  }
  for (HttpClient& client : stalled) {
    CHECK(wait_for(client.connection().fd(), POLLRDHUP | POLLHUP, Deadline::in(kPatience)) != 0);
  }
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 2000ms);
}
