// What does not end by waiting: server-sent events, tunnels, and the order in which they end (G58, G75, decision 1).
#include "e2e.h"

using namespace lastcall::test;

namespace {

constexpr const char* kUpgrade = "GET /chat HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

bool open_tunnel(TcpClient& client) {
  std::string head;
  return client.send(kUpgrade) && client.read_until(head, "\r\n\r\n") == Ending::none && head.rfind("HTTP/1.1 101", 0) == 0;
}

bool open_events(HttpClient& client, std::string& bytes) {
  return client.send_request("GET", "/events") && client.connection().read_until(bytes, "data: 3") == Ending::none;
}

}  // namespace

TEST_CASE("an Upgrade becomes a tunnel: bytes both ways, and the end of one side reaches the other (G24, G25)") {
  LastcallRun run(run_node("streams_server.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient client(run.port());
  REQUIRE(open_tunnel(client));
  std::string echoed;
  const std::string text(300'000, 'w');
  REQUIRE(client.send(text));
  CHECK(client.read_bytes(echoed, text.size()) == Ending::none);
  CHECK(echoed == text);
  client.shutdown_write();
  CHECK(client.read_to_end(echoed) == Ending::fin);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("an event stream is ended by policy at a stop: no drop, exit 0, long before the grace (G74, decision 7)") {
  LastcallRun run(run_node("streams_server.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  std::string bytes;
  REQUIRE(open_events(client, bytes));
  run.stop();
  const Ending ending = client.connection().read_to_end(bytes);
  CHECK_MESSAGE(ending == Ending::fin, to_string(ending));
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 9000ms);
  REQUIRE(run.wait_event("report"));
  CHECK(run.wait_event("report")->number("dropped_finite") == 0);
}

TEST_CASE("a quiet tunnel gets a FIN at a stop, not a reset (G73)") {
  LastcallRun run(run_node("streams_server.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient client(run.port());
  REQUIRE(open_tunnel(client));
  run.stop();
  std::string rest;
  const Ending ending = client.read_to_end(rest);
  CHECK_MESSAGE(ending == Ending::fin, to_string(ending));
  client.shutdown_write();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 9000ms);
}

TEST_CASE("streams wait for the finite requests, and do not use up their time (G58, G75)") {
  LastcallRun run(run_node("streams_server.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient tunnel(run.port());
  HttpClient upload(run.port());
  REQUIRE(open_tunnel(tunnel));
  REQUIRE(upload.connection().send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345"));
  REQUIRE(fetch(run.port(), "/").response.status == 200);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  std::string echoed;  // the tunnel lives while a finite request runs
  REQUIRE(tunnel.send("still here"));
  CHECK(tunnel.read_bytes(echoed, 10) == Ending::none);
  REQUIRE(upload.connection().send("67890"));
  const Exchange answer = upload.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.body == "1234567890");
  CHECK(tunnel.read_to_end(echoed) == Ending::fin);
  tunnel.shutdown_write();
  CHECK_EXIT(run, 0);
}

TEST_CASE("while draining, a new Upgrade is refused with 503 (G72)") {
  LastcallRun run(run_node("streams_server.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient idle(run.port()), upload(run.port());
  CHECK(idle.request("GET", "/").response.status == 200);
  REQUIRE(upload.connection().send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n1"));
  CHECK(idle.request("GET", "/").response.status == 200);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  REQUIRE(idle.connection().send(kUpgrade));
  const Exchange refused = idle.read_response();
  CHECK(refused.complete);
  CHECK(refused.response.status == 503);
  REQUIRE(upload.connection().send("2"));
  CHECK(upload.read_response().complete);
  CHECK_EXIT(run, 0);
}
