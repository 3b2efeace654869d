#include "rehearsal/http_client.h"

#include <doctest/doctest.h>

#include "played_server.h"

namespace lastcall::rehearsal::test {
namespace {

using io::test::put;

struct Asker final : HttpClient::Owner {
  explicit Asker(const Address& server) : client(*bench.poller, server, *this) {}
  void on_reply(HttpClient&, const Reply& reply) override {
    replies.push_back(reply);
    bench.loop.stop();
  }
  void on_idle_end(HttpClient&) override {
    ++idle_ends;
    bench.loop.stop();
  }
  Reply reply() {
    const std::size_t seen = taken++;
    REQUIRE(bench.run_until([&] { return replies.size() > seen; }));
    return replies[seen];
  }
  Bench bench;
  HttpClient client;
  std::vector<Reply> replies;
  std::size_t taken = 0;
  int idle_ends = 0;
};

// The first request of a connection, read by the server.
UniqueFd ask(Asker& asker, PlayedServer& server) {
  asker.client.get("/page");
  UniqueFd connection = server.accept(asker.bench);
  CHECK(read_request(asker.bench, connection.get()).starts_with("GET /page HTTP/1.1\r\nHost: 127.0.0.1:"));
  return connection;
}

ReplyKind kind_after(const std::string& answer, bool reset = false) {
  PlayedServer server;
  Asker asker(server.address());
  UniqueFd connection = ask(asker, server);
  if (!answer.empty()) put(connection.get(), answer);
  if (reset) os::set_reset_on_close(connection.get());
  connection.reset();
  return asker.reply().what;
}

}  // namespace

TEST_CASE("a connection is kept and used again, whatever pieces an answer comes in") {
  PlayedServer server;
  Asker asker(server.address());
  const UniqueFd connection = ask(asker, server);
  for (const char byte : std::string(kHello)) {
    put(connection.get(), std::string(1, byte));
    asker.bench.settle();
  }
  const Reply reply = asker.reply();
  CHECK(reply.what == ReplyKind::answered);
  CHECK(reply.status == 200);
  CHECK(reply.keep_alive);
  asker.client.get("/again");
  CHECK(read_request(asker.bench, connection.get()).starts_with("GET /again"));
  put(connection.get(), "HTTP/1.1 503 Busy\r\nKeep-Alive: timeout=7\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n");
  const Reply second = asker.reply();
  CHECK(second.status == 503);
  CHECK(second.keep_alive_timeout == 7);
}

TEST_CASE("an answer that ends with its connection is one, and the next request goes over a new one") {
  PlayedServer server;
  Asker asker(server.address());
  UniqueFd connection = ask(asker, server);
  put(connection.get(), "HTTP/1.0 200 OK\r\n\r\nhello");
  connection.reset();
  const Reply reply = asker.reply();
  CHECK(reply.what == ReplyKind::answered);
  CHECK(!reply.keep_alive);
  connection = ask(asker, server);
  put(connection.get(), "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  CHECK(!asker.reply().keep_alive);
}

TEST_CASE("how a request ended is called by its name") {
  CHECK(kind_after("") == ReplyKind::lost);
  CHECK(kind_after("", true) == ReplyKind::reset);
  CHECK(kind_after("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel") == ReplyKind::truncated);
  CHECK(kind_after("HTTP/1.1 200") == ReplyKind::truncated);
  CHECK(kind_after("220 mail.example ESMTP\r\n\r\n") == ReplyKind::invalid);
}

TEST_CASE("a port that nobody listens on refuses; no request was lost") {
  PlayedServer server;
  Asker asker(server.address());
  server.stop_listening();
  asker.client.get("/");
  CHECK(asker.reply().what == ReplyKind::refused);
  CHECK(!asker.client.busy());
}

TEST_CASE("G50: a request on a connection whose FIN had come is raced, not lost; before the FIN it is lost") {
  for (const bool fin_first : {true, false}) {
    PlayedServer server;
    Asker asker(server.address());
    UniqueFd connection = ask(asker, server);
    put(connection.get(), kHello);
    REQUIRE(asker.reply().keep_alive);
    if (fin_first) connection.reset();  // the loop has not turned: the client does not know
    asker.client.get("/");
    if (!fin_first) {
      read_request(asker.bench, connection.get());
      connection.reset();
    }
    CHECK(asker.reply().what == (fin_first ? ReplyKind::raced : ReplyKind::lost));
  }
}

TEST_CASE("an idle connection that the server ends is told, as is one on which it says what nobody asked") {
  for (const bool speaks : {false, true}) {
    PlayedServer server;
    Asker asker(server.address());
    UniqueFd connection = ask(asker, server);
    put(connection.get(), kHello);
    REQUIRE(asker.reply().keep_alive);
    speaks ? put(connection.get(), kHello) : connection.reset();
    CHECK(asker.bench.run_until([&] { return asker.idle_ends == 1; }));
    CHECK(asker.replies.size() == 1);
  }
}

}  // namespace lastcall::rehearsal::test
