// WebSockets when streams are ended: Close 1001 between two frames, in both directions (G70 to G72).
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include "os/clock.h"
#include "proto/websocket_frames.h"
#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;

namespace {

constexpr std::array<std::uint8_t, 4> kMask{0x11, 0x22, 0x33, 0x44};
constexpr unsigned char kText = 0x01, kContinuation = 0x00, kBinary = 0x02, kFinal = 0x80;

// Exactly so many of the bytes that come, and leaves the others.
std::string take(TcpClient& from, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t got = 0; got < size;) {
    REQUIRE(wait_for(from.fd(), POLLIN, Deadline::in(kPatience)) != 0);
    const ssize_t more = ::recv(from.fd(), bytes.data() + got, size - got, 0);
    REQUIRE_MESSAGE(more > 0, "the connection has ended");
    got += static_cast<std::size_t>(more);
  }
  return bytes;
}

struct Ends {
  TcpClient client, upstream;
};

Ends open_websocket(WorkerUnderTest& worker, std::string_view with_the_101 = {}) {
  TcpClient client(worker.port());
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n" + std::string(with_the_101)));
  std::string rest;
  (void)read_head(client, &rest);
  if (rest.size() < with_the_101.size()) rest += take(client, with_the_101.size() - rest.size());
  CHECK(rest == with_the_101);
  return {std::move(client), std::move(upstream)};
}

void end_streams(WorkerUnderTest& worker, TimePoint deadline = kNever) {
  worker.set_phase(Phase::draining);
  worker.set_phase(Phase::ending_streams);
  worker.tell(proto::message::EndStreams{deadline.time_since_epoch().count()});
}

std::string frame(unsigned char first, std::string_view payload, bool masked) {
  std::string bytes{static_cast<char>(first)};
  const int mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
  } else {
    bytes += static_cast<char>(mask_bit | 126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xff);
  }
  if (masked) bytes.append(kMask.begin(), kMask.end());
  return bytes.append(payload);  // of a masked one: as it is on the wire
}

std::string close_of_server(std::uint16_t code) { return proto::make_close_frame(code, {}, std::nullopt); }
std::string close_of_client(std::uint16_t code) { return proto::make_close_frame(code, {}, kMask); }

// The whole Close that comes next; its code. `mask`: the key, which only what goes to the child has.
int read_close(TcpClient& from, std::string* mask = nullptr) {
  const std::string head = take(from, 2);
  CHECK(static_cast<unsigned char>(head[0]) == 0x88);
  const int length = static_cast<unsigned char>(head[1]);
  CHECK((length >= 0x80) == (mask != nullptr));
  const std::string key = mask != nullptr ? take(from, 4) : std::string(4, '\0');
  if (mask != nullptr) *mask = key;
  std::string payload = take(from, static_cast<std::size_t>(length & 0x7f));
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
  CHECK(payload.substr(2) == "the server is shutting down");
  return static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
}

bool nothing_more(TcpClient& from) {
  std::string bytes;
  return from.read_some(bytes, 0ms) == Ending::timeout;
}

bool ends_by_fin(TcpClient& from) {
  std::string bytes;
  return from.read_to_end(bytes) == Ending::fin && bytes.empty();
}

}  // namespace

TEST_CASE("a quiet WebSocket gets Close 1001 on both sides at once, masked with a fresh key to the child, and FIN with the answers (G70)") {
  WorkerUnderTest worker;
  worker.serve();
  auto [client, upstream] = open_websocket(worker, frame(kText | kFinal, "welcome", false));
  auto [second_client, second_upstream] = open_websocket(worker);
  const auto start = Clock::now();
  end_streams(worker);
  std::string key, second_key;
  CHECK(read_close(client) == 1001);
  CHECK(read_close(upstream, &key) == 1001);
  CHECK(read_close(second_client) == 1001);
  CHECK(read_close(second_upstream, &second_key) == 1001);
  CHECK(key != second_key);
  worker.sync();
  CHECK(nothing_more(client));  // no FIN before the answer
  CHECK(nothing_more(upstream));
  for (TcpClient* each : {&client, &second_client}) REQUIRE(each->send(close_of_client(1001)));
  CHECK(ends_by_fin(client));
  CHECK(nothing_more(upstream));  // the client's answer is not for the child, which has had its Close
  for (TcpClient* each : {&upstream, &second_upstream}) REQUIRE(each->send(close_of_server(1001)));
  CHECK(ends_by_fin(upstream));
  CHECK(ends_by_fin(second_client));
  CHECK(ends_by_fin(second_upstream));
  CHECK(elapsed_since(start) < 900ms);
  (void)worker.await_census([](const auto& census) { return census.streams == 0; });
  CHECK(worker.counter(Counter::ws_1001) == 2);
  CHECK(worker.counter(Counter::streams_ended) == 2);
  for (TcpClient* each : {&client, &upstream, &second_client, &second_upstream}) each->shutdown_write();
  CHECK(worker.await_counter(Counter::connections_closed, 2) == 2);
  CHECK(worker.counter(Counter::resets_sent) == 0);
  CHECK(worker.counter(Counter::dropped_streams) == 0);
}

TEST_CASE("within a fragmented message the Close waits for the end of the frame, not of the message, and nothing follows it (G71)") {
  WorkerUnderTest worker;
  worker.serve();
  auto [client, upstream] = open_websocket(worker);
  const std::string up = frame(kText, "begin", true) + frame(kContinuation, std::string(3000, 'u'), true);
  const std::string down = frame(kBinary, "begin", false) + frame(kContinuation, std::string(70000 / 2, 'd'), false);
  REQUIRE(client.send(up.substr(0, 2000)));
  REQUIRE(upstream.send(down.substr(0, 12)));  // within a header
  CHECK(take(upstream, 2000) == up.substr(0, 2000));
  CHECK(take(client, 12) == down.substr(0, 12));
  end_streams(worker);
  worker.sync();
  CHECK(nothing_more(client));
  CHECK(nothing_more(upstream));
  // The rest of the frame, and what would follow it, in pieces that end anywhere.
  const std::string up_after = frame(kContinuation | kFinal, "too late", true), down_after = frame(kContinuation | kFinal, "too late", false);
  REQUIRE(client.send(up.substr(2000) + up_after));
  REQUIRE(upstream.send(down.substr(12, 500)));
  worker.sync();
  REQUIRE(upstream.send(down.substr(512) + down_after.substr(0, 3)));
  std::string key;
  CHECK(take(upstream, up.size() - 2000) == up.substr(2000));
  CHECK(read_close(upstream, &key) == 1001);
  CHECK(take(client, down.size() - 12) == down.substr(12));
  CHECK(read_close(client) == 1001);
  REQUIRE(upstream.send(down_after.substr(3) + close_of_server(1001)));
  REQUIRE(client.send(close_of_client(1001)));
  CHECK(ends_by_fin(client));
  CHECK(ends_by_fin(upstream));
  CHECK(worker.counter(Counter::ws_1001) == 1);
}

TEST_CASE("a Close that the child says itself passes untouched and takes the place of ours (G72)") {
  for (const bool ahead : {true, false}) {
    CAPTURE(ahead);  // of the end of streams; or right behind the frame that ours would have waited for
    WorkerUnderTest worker;
    worker.serve();
    auto [client, upstream] = open_websocket(worker);
    const std::string text = frame(kText | kFinal, "last words", false), own = close_of_server(4321);
    if (ahead) {
      REQUIRE(upstream.send(text + own));
      CHECK(take(client, text.size() + own.size()) == text + own);
      end_streams(worker);
      worker.sync();
      CHECK(nothing_more(upstream));
    } else {
      REQUIRE(upstream.send(text.substr(0, 5)));
      CHECK(take(client, 5) == text.substr(0, 5));
      end_streams(worker);
      std::string key;
      CHECK(read_close(upstream, &key) == 1001);  // that side was between two frames
      REQUIRE(upstream.send(text.substr(5) + own));
      CHECK(take(client, text.size() - 5 + own.size()) == text.substr(5) + own);
    }
    REQUIRE(client.send(close_of_client(4321)));
    if (ahead) CHECK(take(upstream, 8) == close_of_client(4321));
    CHECK(ends_by_fin(client));
    CHECK(ends_by_fin(upstream));
    CHECK(worker.counter(Counter::ws_1001) == 0);
  }
}

TEST_CASE("an end that answers and closes at once does not take the other's time to answer: each gets its FIN with its own answer (G72)") {
  for (const bool child_first : {true, false}) {
    CAPTURE(child_first);
    WorkerUnderTest worker;
    worker.serve();
    auto [client, upstream] = open_websocket(worker);
    end_streams(worker);
    std::string key;
    CHECK(read_close(client) == 1001);
    CHECK(read_close(upstream, &key) == 1001);
    TcpClient& quick = child_first ? upstream : client;
    TcpClient& slow = child_first ? client : upstream;
    REQUIRE(quick.send(child_first ? close_of_server(1001) : close_of_client(1001)));
    quick.shutdown_write();
    CHECK(ends_by_fin(quick));
    worker.sync();
    CHECK(nothing_more(slow));
    REQUIRE(slow.send(child_first ? close_of_client(1001) : close_of_server(1001)));
    CHECK(ends_by_fin(slow));
    slow.shutdown_write();
    CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
    CHECK(worker.counter(Counter::ws_1001) == 1);
    CHECK(worker.counter(Counter::resets_sent) == 0);
  }
}

TEST_CASE("a frame that does not end in the time for an answer is let be: its direction is half-closed without a Close (G71)") {
  WorkerUnderTest worker;
  worker.serve();
  auto [client, upstream] = open_websocket(worker);
  const std::string stuck = frame(kBinary | kFinal, std::string(100, 'x'), false).substr(0, 50);
  REQUIRE(upstream.send(stuck));
  CHECK(take(client, 50) == stuck);
  const auto start = Clock::now();
  end_streams(worker, os::now() + milliseconds(1100));
  std::string key;
  CHECK(read_close(upstream, &key) == 1001);
  CHECK(elapsed_since(start) < 900ms);
  CHECK(ends_by_fin(client));
  CHECK(elapsed_since(start) >= 1s);
  CHECK(elapsed_since(start) < 1900ms);
  CHECK(ends_by_fin(upstream));
  CHECK(worker.counter(Counter::ws_1001) == 0);
  CHECK(worker.counter(Counter::streams_ended) == 1);
  CHECK(worker.counter(Counter::resets_sent) == 0);
}

TEST_CASE("ends that do not answer a Close get FIN before the streams' time is over, and hold nobody up from then on (G72)") {
  WorkerUnderTest worker;
  worker.serve();
  auto [client, upstream] = open_websocket(worker);
  const auto start = Clock::now();
  end_streams(worker, os::now() + milliseconds(1500));
  std::string key;
  CHECK(read_close(client) == 1001);
  CHECK(read_close(upstream, &key) == 1001);
  CHECK(ends_by_fin(client));
  CHECK(elapsed_since(start) >= 1300ms);
  CHECK(ends_by_fin(upstream));
  (void)worker.await_census([](const auto& census) { return census.streams == 0; });
  CHECK(elapsed_since(start) < 1500ms + 900ms);
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
}

TEST_CASE("what calls itself a WebSocket and sends no frames is half-closed at once (G73)") {
  WorkerUnderTest worker;
  worker.serve();
  auto [client, upstream] = open_websocket(worker);
  REQUIRE(upstream.send("last words"));
  CHECK(take(client, 10) == "last words");
  const auto start = Clock::now();
  end_streams(worker);
  CHECK(ends_by_fin(client));
  CHECK(ends_by_fin(upstream));
  CHECK(elapsed_since(start) < 900ms);
  CHECK(worker.counter(Counter::streams_ended) == 1);
}

TEST_CASE("an upgrade to websocket that the child grants after streams were ended gets its Close right behind the 101 (G72)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient client(worker.port());
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  end_streams(worker);
  worker.sync();
  REQUIRE(upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  std::string bytes, key;
  REQUIRE(client.read_until(bytes, "shutting down") == Ending::none);
  CHECK(bytes.find("\r\n\r\n\x88") != std::string::npos);
  CHECK(read_close(upstream, &key) == 1001);
}

TEST_CASE("two hundred WebSockets get their Close one after another over the window (G72)") {
  WorkerUnderTest worker;
  worker.serve();
  std::vector<Ends> all;
  for (int i = 0; i < 200; ++i) all.push_back(open_websocket(worker));
  end_streams(worker, after(now(), milliseconds(1400)));  // half of it is the window
  std::vector<TimePoint> times;
  for (auto each = all.rbegin(); each != all.rend(); ++each) {  // the youngest is told first
    CHECK(read_close(each->client) == 1001);
    times.push_back(now());
    REQUIRE(each->client.send(close_of_client(1001)));
    REQUIRE(each->upstream.send(close_of_server(1001)));
  }
  CHECK(times.back() - times.front() >= milliseconds(420));
  CHECK(times[100] - times.front() >= milliseconds(200));
  (void)worker.await_census([](const auto& census) { return census.streams == 0; });
  CHECK(worker.counter(Counter::ws_1001) == 200);
  CHECK(worker.counter(Counter::streams_ended) == 200);
}
