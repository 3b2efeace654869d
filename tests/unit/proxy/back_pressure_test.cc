// Bounded memory in both directions (G94), and nothing lost by it.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kAllowed = 64 * 1024 * 1024;  // freed memory stays in the sanitizer's quarantine
#else
constexpr std::size_t kAllowed = 1024 * 1024;
#endif
constexpr std::size_t kSize = 100'000'000;

char byte_at(std::size_t i) { return static_cast<char>('a' + i % 23); }

std::string block_at(std::size_t begin, std::size_t size) {
  std::string block(size, ' ');
  for (std::size_t i = 0; i < size; ++i) block[i] = byte_at(begin + i);
  return block;
}

// Sends from `from` and reads at `to`, whatever is possible, until all has come; counts bytes that are not what they should be.
std::size_t move_rest(TcpClient& from, TcpClient& to, std::size_t sent) {
  const std::string pattern = block_at(0, 230'000);
  std::string bytes(256 * 1024, ' ');
  std::size_t received = 0, wrong = 0;
  while (received < kSize) {
    pollfd fds[] = {{from.fd(), static_cast<short>(sent < kSize ? POLLOUT : 0), 0}, {to.fd(), POLLIN, 0}};
    REQUIRE(::poll(fds, 2, static_cast<int>(kPatience.count())) > 0);
    if ((fds[0].revents & POLLOUT) != 0) {
      const std::size_t offset = sent % 23, size = std::min(pattern.size() - offset, kSize - sent);
      const ssize_t taken = ::send(from.fd(), pattern.data() + offset, size, MSG_NOSIGNAL);
      REQUIRE(taken > 0);
      sent += static_cast<std::size_t>(taken);
    }
    if ((fds[1].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    const ssize_t size = ::recv(to.fd(), bytes.data(), bytes.size(), 0);
    REQUIRE(size > 0);
    for (ssize_t i = 0; i < size; ++i) wrong += bytes[static_cast<std::size_t>(i)] != byte_at(received++);
  }
  return wrong;
}

std::size_t fill(TcpClient& from) {
  std::size_t sent = 0;
  while (sent < kSize) {
    const std::string block = block_at(sent, 2'300);
    // A block is sent whole or not at all: poll says that there is room for far more than this.
    if (wait_for(from.fd(), POLLOUT, Deadline::in(200ms)) == 0) break;
    REQUIRE(from.send(block));
    sent += block.size();
  }
  return sent;
}

}  // namespace

TEST_CASE("100 MB for a client that does not read cost less than 1 MiB, and all of it arrives in the end (G94)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  TcpClient upstream = [&] {
    REQUIRE(client.send_request("GET", "/small"));
    TcpClient accepted = worker.child().accept();
    (void)read_head(accepted);
    REQUIRE(accepted.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x')));
    REQUIRE(client.read_response().complete);
    return accepted;
  }();
  const std::size_t before = worker.private_bytes();
  REQUIRE(before > 0);
  REQUIRE(client.send_request("GET", "/big"));
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n"));
  std::string head = read_head(client.connection());
  CHECK(has_line(head, "Content-Length: " + std::to_string(kSize)));
  const std::size_t sent = fill(upstream);
  CHECK(sent < kSize / 2);
  CHECK(worker.private_bytes() < before + kAllowed);
  CHECK(move_rest(upstream, client.connection(), sent) == 0);
  CHECK(worker.private_bytes() < before + kAllowed);
  exchange_one(client, upstream);
}

TEST_CASE("100 MB for a child that does not read cost less than 1 MiB, and all of it arrives in the end (G94)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.connection().send("PUT /big HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  const std::size_t before = worker.private_bytes();
  const std::size_t sent = fill(client.connection());
  CHECK(sent < kSize / 2);
  CHECK(worker.private_bytes() < before + kAllowed);
  CHECK(move_rest(client.connection(), upstream, sent) == 0);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  CHECK(client.read_response().response.body == "ok");
}

TEST_CASE("what a client pipelines behind a request that waits for its answer stays in the kernel, and is answered in order (G79, G94)") {
  WorkerUnderTest worker;
  worker.serve();
  TcpClient client(worker.port());
  REQUIRE(client.send("GET /0 HTTP/1.1\r\nHost: t\r\n\r\n"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  worker.sync();
  const std::size_t before = worker.private_bytes();
  const std::string request = "GET /more HTTP/1.1\r\nHost: t\r\nX: " + std::string(4000, 'x') + "\r\n\r\n";
  std::size_t whole = 0, part = 0;
  for (ssize_t sent = 0; whole < 25'000;) {
    sent = ::send(client.fd(), request.data() + part, request.size() - part, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && wait_for(client.fd(), POLLOUT, Deadline::in(200ms)) == 0) break;
    part += sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (part == request.size()) ++whole, part = 0;
  }
  CHECK(whole > 20);
  CHECK(whole < 25'000);  // 100 MB would have been taken
  CHECK(worker.private_bytes() - before < kAllowed);
  for (std::size_t i = 0; i < 20; ++i) {
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + std::to_string(10 + i)));
    CHECK(read_head(upstream).starts_with("GET /more "));
    std::string answer;
    REQUIRE(client.read_until(answer, "\r\n\r\n" + std::to_string(10 + i)) == Ending::none);
    CHECK(answer.rfind("HTTP/1.1 200") == 0);
  }
}

TEST_CASE("chunked answers keep their framing under back-pressure (G85, G94)") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient client(worker.port());
  REQUIRE(client.send_request("GET", "/"));
  TcpClient upstream = worker.child().accept();
  (void)read_head(upstream);
  REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  std::string chunk;  // many small ones: more slices than one call can carry
  for (int i = 0; i < 2'000; ++i) chunk += "7\r\nseven!!\r\n";
  int chunks = 0;
  while (upstream.send(chunk, 100ms)) ++chunks;
  REQUIRE(chunks > 10);
  // The last send was cut somewhere: the child can't go on, so the client must see everything before, and no end.
  upstream = TcpClient(Fd());
  const Exchange answer = client.read_response();
  CHECK_FALSE(answer.complete);
  CHECK(answer.error == "");
  CHECK(answer.ending == Ending::fin);
  CHECK(answer.response.body.size() >= static_cast<std::size_t>(chunks) * 14'000);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < answer.response.body.size(); ++i) wrong += answer.response.body[i] != "seven!!"[i % 7];
  CHECK(wrong == 0);
}
