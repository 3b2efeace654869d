// What will not end by itself must end all the same: the whole stop fits the grace, whoever is stuck (G202, section 11 of graceful.md).
#include <cerrno>
#include <csignal>

#include "e2e.h"

using namespace lastcall::test;

namespace {

constexpr Milliseconds kGrace = 3s;

RunOptions with_grace(RunOptions options) {
  options.grace = "3s";
  return options;
}

// A client that asked for much and reads nothing: its window is closed (G201).
void ask_and_never_read(HttpClient& client) {
  client.connection().set_receive_buffer(4 * 1024);
  REQUIRE(client.send_request("GET", "/big?bytes=200000000"));
}

bool open_tunnel(TcpClient& client) {
  std::string head;
  return client.send("GET /chat HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n") &&
         client.read_until(head, "\r\n\r\n") == Ending::none;
}

}  // namespace

TEST_CASE("lame duck: new connections are still served, every answer says close, and only its time ends it (G7, decision 2)") {
  LastcallRun run({.flags = {"--lame-duck", "1s"}, .child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  REQUIRE(run.wait_event("stop_requested"));
  for (int i = 0; i < 20; ++i) {
    const Exchange answer = fetch(run.port(), "/");
    CHECK(answer.response.status == 200);
    CHECK(answer.response.says_close());
  }
  REQUIRE(run.wait_event("listener_closed"));
  CHECK(run.since_stop() >= 1000ms);
  CHECK(TcpClient(run.port(), 5s).error() == ECONNREFUSED);
  CHECK_EXIT(run, 0);
}

TEST_CASE("a client that never reads is dropped and counted; the exit is in time, with 1 (G201)") {
  TempDir place;
  RunOptions options = with_grace(run_node("streams_server.js"));
  options.flags.insert(options.flags.end(), {"--report", place.path("report.json")});
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  ask_and_never_read(client);
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK_EXIT(run, 1);
  CHECK(run.since_stop() <= kGrace + kLeakCheck);
  CHECK(run.wait_event("report")->number("dropped_finite") == 1);
  REQUIRE(run.events("request_dropped").size() == 1);
  const Event named = run.events("request_dropped").front();
  CHECK(named.text("peer").starts_with("127.0.0.1:"));
  CHECK(named.text("request").starts_with("GET /"));
  CHECK(read_file(place.path("report.json")).find("\"peer\": \"" + named.text("peer") + "\"") != std::string::npos);
}

TEST_CASE("a head that never ends does not hold the stop past the grace (G52)") {
  LastcallRun run(with_grace({.child = tiny_server()}));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.connection().send("GET / HTTP/1.1\r\nX: "));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK(run.wait_exit().has_value());
  CHECK(run.since_stop() <= kGrace + kLeakCheck);
  CHECK(leftovers().empty());
}

TEST_CASE("peers that are half gone, or vanish without a word, hold nothing up (G26, peers 16)") {
  LastcallRun run(with_grace(run_node("streams_server.js")));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  TcpClient tunnel(run.port()), gone(run.port());
  REQUIRE(open_tunnel(tunnel));
  REQUIRE(open_tunnel(gone));
  gone.reset();
  run.stop();
  std::string rest;
  CHECK(tunnel.read_to_end(rest) == Ending::fin);  // and we never close our side
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() <= kGrace + kLeakCheck);
}

TEST_CASE("everything stuck at once: stubborn child and stray, endless request, half upload; gone in time, 137") {
  LastcallRun run(with_grace({.child = tiny_server({"--ignore-term", "--stray", "stubborn"})}));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient endless(run.port()), half(run.port());
  REQUIRE(endless.send_request("GET", "/slow?ms=3600000"));
  REQUIRE(half.connection().send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nhalf"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  for (const int signal : {SIGTERM, SIGINT, SIGTERM}) run.process().signal(signal);
  CHECK_EXIT(run, 137);
  CHECK(run.since_stop() <= kGrace + kLeakCheck);
  CHECK(run.events("child_killed").size() == 1);
}

TEST_CASE("one line a second tells what is left while it drains (issue 2, 5)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=2500"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  const auto first = run.wait_event("draining");
  REQUIRE(first);
  CHECK(first->number("finite") == 1);
  CHECK(first->number("streams") == 0);
  CHECK(first->has("idle"));
  REQUIRE(run.wait_event("draining", kPatience, 1));
  CHECK(run.wait_event("draining", kPatience, 1)->number("oldest_ms") >= 1000);
  CHECK(client.read_response().complete);
  CHECK_EXIT(run, 0);
  CHECK(run.events("draining").size() <= 3);
}
