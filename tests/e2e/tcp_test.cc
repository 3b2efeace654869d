// `--tcp`: any protocol, byte for byte, half-close included, and the drain of sessions that nobody can look into (decision 1).
#include <cerrno>

#include "e2e.h"

using namespace lastcall::test;

namespace {

RunOptions echo_server(const std::string& grace = "10s") {
  RunOptions options = run_node("net_server.js", {"--tcp"});
  options.grace = grace;
  return options;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 7 + i / 256) & 0xff);
  return text;
}

// Sends and reads at the same time, as an echo needs once it is larger than all buffers.
bool echoes(TcpClient& client, const std::string& text) {
  std::string echoed;
  std::size_t sent = 0;
  while (echoed.size() < text.size()) {
    const std::size_t size = std::min<std::size_t>(text.size() - sent, 64 * 1024);
    if (size > 0 && !client.send(std::string_view(text).substr(sent, size))) return false;
    sent += size;
    if (client.read_bytes(echoed, sent) != Ending::none) return false;
  }
  return echoed == text;
}

}  // namespace

TEST_CASE("8 MiB of any bytes come back as they went") {
  LastcallRun run(echo_server());
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient client(run.port());
  CHECK(echoes(client, pattern(8 << 20)));
  run.stop();
  client.shutdown_write();
  CHECK_EXIT(run, 0);
}

TEST_CASE("half-close goes through: the answer to the end arrives after the end (G24, G25)") {
  LastcallRun run(echo_server());
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient client(run.port());
  const std::string text = pattern(200'000);
  REQUIRE(client.send(text));
  client.shutdown_write();
  std::string echoed;
  CHECK(client.read_to_end(echoed) == Ending::fin);
  CHECK(echoed == text);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a connection that the child refuses ends; the next is served") {
  LastcallRun run(echo_server());
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  for (int i = 0; i < 20; ++i) {
    TcpClient client(run.port());
    REQUIRE(client.send("x"));
    client.reset();
  }
  TcpClient client(run.port());
  CHECK(echoes(client, "still there"));
  run.stop();
  client.shutdown_write();
  CHECK_EXIT(run, 0);
}

TEST_CASE("at a stop a busy session runs on; once it is quiet it gets a FIN, not a reset (decision 1)") {
  LastcallRun run(echo_server());
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient client(run.port());
  REQUIRE(echoes(client, "before"));
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  CHECK(echoes(client, pattern(1 << 20)));
  std::string rest;
  const Ending ending = client.read_to_end(rest, 9s);
  CHECK_MESSAGE(ending == Ending::fin, to_string(ending));
  client.shutdown_write();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a session that was quiet at T0 is half-closed at the first chance and holds nothing up (decision 1)") {
  LastcallRun run(echo_server("20s"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient client(run.port());
  REQUIRE(echoes(client, "once"));
  run.wait_event("never", 2200ms);  // quiet for longer than 2 s
  run.stop();
  std::string rest;
  CHECK(client.read_to_end(rest) == Ending::fin);
  client.shutdown_write();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 3000ms);
}

TEST_CASE("redis behind --tcp: commands before and during the stop, its own shutdown after, exit 0") {
  TempDir data;
  LastcallRun run({.flags = {"--tcp"}, .child = {"redis-server", "--port", "{port}", "--bind", "127.0.0.1", "--save", "", "--dir", data.path()}});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient client(run.port());
  std::string reply;
  REQUIRE(client.send("SET greeting hello\r\nGET greeting\r\n"));
  CHECK(client.read_until(reply, "hello\r\n") == Ending::none);
  CHECK(reply == "+OK\r\n$5\r\nhello\r\n");
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  CHECK(TcpClient(run.port(), 5s).error() == ECONNREFUSED);
  reply.clear();
  REQUIRE(client.send("GET greeting\r\n"));
  CHECK(client.read_until(reply, "hello\r\n") == Ending::none);
  std::string rest;
  CHECK(client.read_to_end(rest, 9s) == Ending::fin);
  CHECK(rest.empty());
  client.shutdown_write();
  CHECK_EXIT(run, 0);
}
