// Each timeout of G93, G26 and G201 through the real binary, with small values: nothing ends before its time, all of it ends soon after.
#include <poll.h>
#include <sys/socket.h>

#include "played_child.h"

using namespace lastcall::test;

namespace {

constexpr Milliseconds kTimeout = 600ms;
constexpr Milliseconds kWithin = 350ms;   // safely before it, on a busy machine too
constexpr Milliseconds kSoon = 2500ms;    // after it: what a busy machine may add

PlayedChild& child() {
  static PlayedChild child;
  return child;
}

LastcallRun& server() {
  static LastcallRun run(child().options({"--timeouts-idle", "600ms", "--timeouts-request-head", "600ms", "--timeouts-request-body", "600ms",
                                          "--timeouts-upstream-connect", "600ms", "--timeouts-response", "600ms", "--timeouts-send",
                                          "600ms", "--timeouts-tunnel-idle", "600ms", "--timeouts-fin", "600ms"}));
  static const bool ready = child().wait_ready(run);
  REQUIRE(ready);
  return run;
}

// What happened between `start` and now took the timeout, no less and not much more.
void check_in_time(Clock::time_point start) {
  const Milliseconds took = elapsed_since(start);
  CHECK(took >= kTimeout - 5ms);  // our clock started a little later than lastcall's
  CHECK(took < kTimeout + kSoon);
}

// The child's side of a request that the client has just sent.
TcpClient accept_request(const std::string& target) {
  TcpClient connection = child().accept();
  CHECK(target_of(read_head(connection)) == target);
  return connection;
}

TcpClient open_tunnel(HttpClient& client) {
  REQUIRE(client.send_request("GET", "/chat", "", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
  TcpClient connection = accept_request("/chat");
  REQUIRE(connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"));
  std::string head;
  REQUIRE(client.connection().read_until(head, "\r\n\r\n") == Ending::none);
  return connection;
}

// Far more than all the buffers on the way hold; returns when they are full.
TcpClient begin_big_answer(HttpClient& client) {
  client.connection().set_receive_buffer(64 * 1024);
  REQUIRE(client.send_request("GET", "/big"));
  TcpClient connection = accept_request("/big");
  REQUIRE(connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 500000000\r\n\r\n"));
  const std::string block(1 << 16, 'x');
  while (connection.send(block, 20ms)) {}
  return connection;
}

}  // namespace

TEST_CASE("request_head: the whole head has that time from its first byte, then 408; bytes don't buy more (G52, G93)") {
  server();
  HttpClient quick(server().port());
  REQUIRE(quick.connection().send("GET /quick HTTP/1.1\r\nHost: "));
  pass_time(kWithin);
  REQUIRE(quick.connection().send("t\r\n\r\n"));
  TcpClient connection = accept_request("/quick");
  REQUIRE(connection.send(answer("quick", "Connection: close\r\n")));
  CHECK(quick.read_response().response.body == "quick");

  HttpClient slow(server().port());
  const auto start = Clock::now();
  for (const char* byte = "GET /slowloris"; *byte != '\0'; ++byte) {
    if (!slow.connection().send(std::string_view(byte, 1))) break;
    if (wait_for(slow.connection().fd(), POLLIN, Deadline::in(100ms)) != 0) break;
  }
  const Exchange refused = slow.read_response();
  check_in_time(start);
  CHECK(refused.complete);
  CHECK(refused.response.status == 408);
  CHECK(refused.response.says_close());
  CHECK(slow.wait_end() == Ending::fin);
  CHECK(!child().asked());
}

TEST_CASE("idle: a connection without a request gets a FIN and not a byte, a fresh one and a kept one alike (G51, G62, G93)") {
  server();
  auto start = Clock::now();
  HttpClient client(server().port());
  CHECK(client.wait_end() == Ending::fin);
  check_in_time(start);

  HttpClient kept(server().port());
  for (const char* target : {"/1", "/2", "/3"}) {  // each request starts the time anew
    REQUIRE(kept.send_request("GET", target));
    TcpClient connection = accept_request(target);
    start = Clock::now();  // before lastcall's own begins, however late we are woken
    REQUIRE(connection.send(answer("x", "Connection: close\r\n")));
    REQUIRE(kept.read_response().complete);
    if (target[1] != '3') pass_time(kWithin);
  }
  CHECK(kept.wait_end() == Ending::fin);
  check_in_time(start);
}

TEST_CASE("request_body: counts from the last byte, then 408 and the child sees an end that is none of the body's (G57, G93)") {
  server();
  HttpClient client(server().port());
  REQUIRE(client.send_request("POST", "/body", "", "Content-Length: 10\r\n"));
  TcpClient connection = accept_request("/body");
  for (int i = 0; i < 3; ++i) {
    pass_time(kWithin);
    REQUIRE(client.connection().send("b"));
  }
  const auto start = Clock::now();
  const Exchange refused = client.read_response();
  check_in_time(start);
  CHECK(refused.response.status == 408);
  CHECK(client.wait_end() == Ending::fin);
  std::string body;
  CHECK(connection.read_to_end(body) != Ending::timeout);
  CHECK(body == "bbb");
}

TEST_CASE("response: a child that says nothing costs 504; one that has begun may take its time (decision 18)") {
  server();
  HttpClient client(server().port());
  REQUIRE(client.send_request("GET", "/mute"));
  const auto start = Clock::now();
  TcpClient mute = accept_request("/mute");
  const Exchange refused = client.read_response();
  check_in_time(start);
  CHECK(refused.response.status == 504);
  std::string nothing;
  CHECK(mute.read_to_end(nothing) != Ending::timeout);  // cancelled

  HttpClient patient(server().port());
  REQUIRE(patient.send_request("GET", "/begun"));
  TcpClient begun = accept_request("/begun");
  REQUIRE(begun.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\no"));
  pass_time(2 * kTimeout);
  REQUIRE(begun.send("k"));
  CHECK(patient.read_response().response.body == "ok");
}

TEST_CASE("send: a client that takes nothing is reset, and the child let go (G93, G201)") {
  server();
  HttpClient client(server().port());
  TcpClient connection = begin_big_answer(client);
  const auto start = Clock::now();
  std::string rest;
  CHECK(connection.read_to_end(rest) != Ending::timeout);
  CHECK(elapsed_since(start) < kTimeout + kSoon);
  CHECK(client.connection().read_to_end(rest) == Ending::reset);
}

TEST_CASE("send: a client that takes a little now and then lives on (G93)") {
  server();
  HttpClient client(server().port());
  TcpClient connection = begin_big_answer(client);
  std::string taken, nothing;
  for (int i = 0; i < 8; ++i) {
    REQUIRE(client.connection().read_bytes(taken, taken.size() + 100'000) == Ending::none);
    pass_time(kWithin / 2);
  }
  CHECK(connection.read_some(nothing, 0ms) == Ending::timeout);  // nobody gave up
  client.connection().reset();
  CHECK(connection.read_to_end(nothing) != Ending::timeout);  // cancelled at once, not by a timeout (G28)
}

TEST_CASE("fin: a half-closed tunnel that moves nothing ends, and no sooner (G26)") {
  server();
  HttpClient client(server().port());
  TcpClient connection = open_tunnel(client);
  client.connection().shutdown_write();
  std::string from_client;
  REQUIRE(connection.read_to_end(from_client) == Ending::fin);
  pass_time(kWithin);
  REQUIRE(connection.send("x"));  // counts from the last byte
  auto start = Clock::now();
  std::string from_child;
  REQUIRE(client.connection().read_bytes(from_child, 1) == Ending::none);
  CHECK(client.connection().read_to_end(from_child) != Ending::timeout);
  check_in_time(start);
  CHECK(from_child == "x");
}

TEST_CASE("tunnel_idle: a tunnel without a byte ends, one that speaks lives (G26, G93)") {
  server();
  HttpClient client(server().port());
  TcpClient connection = open_tunnel(client);
  std::string bytes;
  for (int i = 0; i < 3; ++i) {
    pass_time(kWithin);
    REQUIRE(connection.send("x"));
    REQUIRE(client.connection().read_bytes(bytes, bytes.size() + 1) == Ending::none);
  }
  const auto start = Clock::now();
  CHECK(client.connection().read_to_end(bytes) != Ending::timeout);
  check_in_time(start);
}

TEST_CASE("upstream_connect: a child whose queue is full costs that time and 503, and nobody else anything (G93)") {
  server();
  REQUIRE(::listen(child().fd(), 0) == 0);
  std::vector<TcpClient> queue;  // one connection fits into a queue of 0; the kernel ignores whoever comes then
  const std::uint16_t port = static_cast<std::uint16_t>(std::stoi(child().options().flags[1].substr(10)));
  while (queue.size() < 10) {
    queue.emplace_back(port, 50ms);
    if (!queue.back().connected()) break;
  }
  REQUIRE(!queue.back().connected());
  HttpClient client(server().port());
  REQUIRE(client.send_request("GET", "/full"));
  const auto start = Clock::now();
  const Exchange refused = client.read_response();
  check_in_time(start);
  CHECK((refused.response.status == 503 || refused.response.status == 504));
  REQUIRE(::listen(child().fd(), 512) == 0);
  while (child().asked()) child().accept();
}

TEST_CASE("this file's lastcall stops cleanly after all of that") {
  LastcallRun& run = server();
  SHOW_LOG(run);
  run.stop();
  CHECK_EXIT(run, 0);
}
