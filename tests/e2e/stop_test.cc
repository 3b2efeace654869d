// The stop sequence as clients and children see it. Each test: clients in flight at T0, then what each client saw, the child's fate, the
// exit code, and that no process is left.
#include <cerrno>
#include <csignal>

#include "e2e.h"

using namespace lastcall::test;

namespace {

bool report_is_clean(LastcallRun& run) {
  const auto report = run.wait_event("report");
  return report && report->number("dropped_finite") == 0 && report->number("exit_code") == 0;
}

bool connect_refused(std::uint16_t port) { return TcpClient(port, 5s).error() == ECONNREFUSED; }

}  // namespace

TEST_CASE("an idle stop exits 0, signals the child once and says 0 dropped (G195)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(report_is_clean(run));
  CHECK(run.events("child_signalled").size() == 1);
}

TEST_CASE("the log of a stop is its trace: phases in order, milliseconds since T0, and who sent the signal (G189)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
  const auto requested = run.wait_event("stop_requested");
  REQUIRE(requested);
  CHECK(requested->number("sender_pid") == ::getpid());
  CHECK(requested->text("signal").find("TERM") != std::string::npos);

  std::vector<std::string> order;
  for (const Event& event : run.events()) {
    for (const char* name : {"ready", "stop_requested", "listener_closed", "child_signalled", "child_exited", "report"}) {
      if (event.name == name) order.push_back(event.name);
    }
  }
  CHECK(order == std::vector<std::string>{"ready", "stop_requested", "listener_closed", "child_signalled", "child_exited", "report"});

  std::int64_t last = 0;
  for (const Event& event : run.events("phase")) {
    if (!event.has("t0_ms")) continue;
    CHECK(event.number("t0_ms") >= last);
    last = event.number("t0_ms");
  }
  CHECK(run.wait_event("exit")->number("code") == 0);
}

TEST_CASE("a request in flight at T0 is answered whole and told to close, and the child is signalled after it (G46, G58)") {
  LastcallRun run({.child = tiny_server()});  // dies of TERM at once
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=700"));
  HttpClient other(run.port());
  CHECK(other.request("GET", "/").response.status == 200);  // so the slow one, sent earlier, is with the child
  run.stop();
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.status == 200);
  CHECK(answer.response.body == "late\n");
  CHECK(answer.response.says_close());
  CHECK(client.wait_end() == Ending::fin);
  CHECK_EXIT(run, 0);
  CHECK(report_is_clean(run));
  CHECK(run.wait_event("report")->number("in_flight_at_t0") >= 1);
  CHECK(run.wait_event("report")->number("finished") >= 1);
}

TEST_CASE("once the listener is closed a connect is refused, while the request in flight runs on (G8)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=900"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  CHECK(connect_refused(run.port()));
  CHECK(client.read_response().complete);
  CHECK_EXIT(run, 0);
}

TEST_CASE("a late request on an idle keep-alive connection is answered and told to close (G48, G53)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient slow(run.port()), idle(run.port());
  CHECK(idle.request("GET", "/").response.status == 200);
  REQUIRE(slow.send_request("GET", "/slow?ms=900"));
  CHECK(idle.request("GET", "/").response.status == 200);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  const Exchange late = idle.request("GET", "/");
  CHECK(late.complete);
  CHECK(late.response.status == 200);
  CHECK(late.response.says_close());
  CHECK(idle.wait_end() == Ending::fin);
  CHECK(slow.read_response().complete);
  CHECK_EXIT(run, 0);
}

TEST_CASE("100 idle connections are let go by FIN, not by reset, and hold the stop for less than 2.5 s (G49)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<HttpClient>(run.port()));
    CHECK(clients.back()->request("GET", "/").response.status == 200);
  }
  run.stop();
  for (auto& client : clients) CHECK(client->wait_end() == Ending::fin);
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 2500ms);
}

TEST_CASE("stop signals repeated in any order change nothing (G124, decision 5)") {
  LastcallRun run({.child = tiny_server({"--exit-on-term", "0"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=800"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop(SIGTERM);
  REQUIRE(run.wait_event("listener_closed"));
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGTERM, SIGINT, SIGTERM}) run.process().signal(signal);
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.status == 200);
  CHECK_EXIT(run, 0);
  CHECK(run.events("child_signalled").size() == 1);
  CHECK(run.events("child_killed").empty());
}

TEST_CASE("INT and QUIT stop as TERM does, and the child gets its own stop signal (G124, decision 5)") {
  for (const int signal : {SIGINT, SIGQUIT}) {
    LastcallRun run({.child = tiny_server({"--log-term"}), .grace = "1s"});
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    run.stop(signal);
    CHECK(run.process().wait_line("^signal 15$").has_value());
    CHECK_EXIT(run, 137);
  }
}

TEST_CASE("a child that ignores the signal is killed at T_kill, once, and the exit code is 137 (G202, P69)") {
  LastcallRun run({.child = tiny_server({"--ignore-term"}), .grace = "2s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 137);
  CHECK(run.since_stop() <= 2000ms + kLeakCheck);   // the grace is the whole of it
  CHECK(run.since_stop() >= 1200ms);   // and it was given
  CHECK(run.events("child_killed").size() == 1);
}

TEST_CASE("grace 0 kills at once (P78)") {
  LastcallRun run({.child = tiny_server({"--ignore-term"}), .grace = "0"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 137);
  CHECK(run.since_stop() < 1000ms);
}

TEST_CASE("a stopped child is continued, so that its signal reaches it (G127, P43)") {
  LastcallRun run({.child = tiny_server({"--stop-self"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  REQUIRE(run.process().wait_line("^stopped$"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 2000ms);
  CHECK(run.events("child_killed").empty());
}

TEST_CASE("a stop during start-up signals the child at once and answers what had queued with 503 (G128, decision 9)") {
  LastcallRun run({.child = tiny_server({"--no-listen"})});
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^not listening$"));
  HttpClient early(run.port());
  REQUIRE(early.connected());
  REQUIRE(early.send_request("GET", "/"));
  run.stop();
  const Exchange answer = early.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.status == 503);
  CHECK(answer.response.header("retry-after") != "");
  CHECK(answer.response.says_close());
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 1500ms + kLeakCheck);
}

TEST_CASE("a child that leaves by itself takes the service with it, with its own code (G129, decision 7)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient waiting(run.port());
  REQUIRE(waiting.send_request("GET", "/slow?ms=60000"));
  HttpClient killer(run.port());
  killer.send_request("GET", "/die?code=7");
  const Exchange answer = waiting.read_response();
  CHECK((answer.response.status == 502 || answer.response.status == 503));  // 503: the worker heard of the child's end first
  CHECK(answer.complete);
  CHECK_EXIT(run, 7);
}

TEST_CASE("a child that dies during the drain: who waits gets 502 or 503, and the exit code is the child's (G129, P67)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient waiting(run.port()), killer(run.port());
  CHECK(killer.request("GET", "/").response.status == 200);
  REQUIRE(waiting.send_request("GET", "/slow?ms=60000"));
  CHECK(killer.request("GET", "/").response.status == 200);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  killer.send_request("GET", "/die?code=9");
  const Exchange answer = waiting.read_response();
  CHECK((answer.response.status == 502 || answer.response.status == 503));
  CHECK(answer.complete);
  CHECK_EXIT(run, 9);
  CHECK(run.since_stop() < 4000ms);  // P66: nobody sleeps out the grace
}

TEST_CASE("what the child had sent before it died still reaches a slow client, to the last byte (G129, G204)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  constexpr std::size_t kBytes = 1 << 20;
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/last?code=3&bytes=" + std::to_string(kBytes)));
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.body.size() == kBytes);
  CHECK_EXIT(run, 3);
}

TEST_CASE("a request that outlives the drain is dropped, counted, and makes the exit code 1 (decision 7)") {
  LastcallRun run({.child = tiny_server(), .grace = "2s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=60000"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  const Exchange answer = client.read_response();
  CHECK(answer.ending != Ending::timeout);
  if (answer.complete) CHECK(answer.response.status >= 500);
  CHECK_EXIT(run, 1);
  CHECK(run.since_stop() <= 2000ms + kLeakCheck);
  REQUIRE(run.wait_event("report"));
  CHECK(run.wait_event("report")->number("dropped_finite") == 1);
}

TEST_CASE("an upload and a download in flight at T0 finish, byte for byte") {
  LastcallRun run(run_node("streams_server.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient upload(run.port()), download(run.port());
  const std::string half(600'000, 'u');
  REQUIRE(upload.connection().send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1200000\r\n\r\n" + half));
  download.connection().set_receive_buffer(32 * 1024);
  REQUIRE(download.send_request("GET", "/big?bytes=8000000"));
  std::string head;
  REQUIRE(download.connection().read_until(head, "\r\n\r\n") == Ending::none);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  REQUIRE(upload.connection().send(half));
  const Exchange echoed = upload.read_response();
  CHECK(echoed.complete);
  CHECK(echoed.response.body == half + half);
  std::string body = head.substr(head.find("\r\n\r\n") + 4);
  CHECK(download.connection().read_bytes(body, 8'000'000) == Ending::none);
  CHECK(body.size() == 8'000'000);
  CHECK_EXIT(run, 0);
}

TEST_CASE("a half-sent request at T0 is answered when its rest comes (G52)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.connection().send("GET / HTTP/1.1\r\nHost: te"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  REQUIRE(client.connection().send("st\r\n\r\n"));
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.status == 200);
  CHECK_EXIT(run, 0);
}

TEST_CASE("kill -9 of lastcall takes the child and the worker with it (P41, decision 15)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const std::vector<ProcessInfo> below = descendants(run.supervisor_pid());
  std::vector<int> pids;
  for (const ProcessInfo& info : below) pids.push_back(info.pid);
  REQUIRE(pids.size() >= 2);
  run.process().signal(SIGKILL);
  CHECK(run.wait_exit() == ExitStatus{true, SIGKILL});
  CHECK(wait_until_gone(pids, Deadline::in(2s)));
  CHECK(leftovers().empty());
}
