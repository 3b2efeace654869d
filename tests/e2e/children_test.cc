// Real servers that know nothing of lastcall: clients in flight at T0, what each saw, the child's fate, the exit code, nobody left.
#include <cerrno>

#include "e2e.h"
#include "nginx.h"
#include "support/load_loop.h"

using namespace lastcall::test;

namespace {

// Reads a download of `size` bytes slowly across the stop: half before, half after.
void check_download_across_stop(LastcallRun& run, const std::string& target, std::size_t size) {
  HttpClient client(run.port());
  client.connection().set_receive_buffer(32 * 1024);
  REQUIRE(client.send_request("GET", target));
  std::string bytes;
  REQUIRE(client.connection().read_bytes(bytes, 100'000) == Ending::none);
  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  CHECK(TcpClient(run.port(), 5s).error() == ECONNREFUSED);
  const std::size_t head = bytes.find("\r\n\r\n") + 4;
  CHECK(client.connection().read_bytes(bytes, head + size) == Ending::none);
  CHECK(bytes.size() == head + size);
}

}  // namespace

TEST_CASE("Express, the classic program: keep-alive load across the stop, nothing reset, truncated or lost, exit 0") {
  LastcallRun run(run_node("express_app.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  LoadLoop load({{.port = run.port(), .clients = 12, .think_max = 20ms, .slow_percent = 20}}, 7);
  load.run_until_answered(100);
  run.stop();
  load.set_stopping();
  CHECK(load.run_to_end(15s));
  const LoadCounts& counts = load.counts();
  INFO("first problem: ", counts.problems.empty() ? "none" : counts.problems.front());
  CHECK(counts.spotless());
  CHECK(counts.said_close > 0);
  CHECK_EXIT(run, 0);
  CHECK(run.wait_event("report")->number("dropped_finite") == 0);
}

TEST_CASE("python3 http.server: a download in flight ends whole") {
  TempDir files;
  files.write("file", std::string(6'000'000, 'p'));
  LastcallRun run({.child = {"python3", "-m", "http.server", "--bind", "{host}", "--directory", files.path(), "{port}"}});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  check_download_across_stop(run, "/file", 6'000'000);
  CHECK_EXIT(run, 0);
}

TEST_CASE("gunicorn by port and by Unix socket: a slow handler finishes, late requests are served") {
  for (const char* where : {"{host}:{port}", "unix:{socket}"}) {
    CAPTURE(where);
    RunOptions options{.child = {"gunicorn", "--workers", "2", "--chdir", LASTCALL_CHILDREN, "--bind", where, "slow_wsgi:app"}};
    options.spawn.environment["PYTHONDONTWRITEBYTECODE"] = "1";
    LastcallRun run(options);
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    HttpClient slow(run.port()), late(run.port());
    CHECK(late.request("GET", "/first").response.body == "served by /first\n");
    REQUIRE(slow.send_request("GET", "/slow?ms=1200"));
    CHECK(late.request("GET", "/second").response.status == 200);
    run.stop();
    REQUIRE(run.wait_event("listener_closed"));
    CHECK(late.request("GET", "/third").response.body == "served by /third\n");
    const Exchange answer = slow.read_response();
    CHECK(answer.complete);
    CHECK(answer.response.body == "served by /slow\n");
    CHECK(answer.response.says_close());
    CHECK_EXIT(run, 0);
  }
}

TEST_CASE("nginx: a throttled download ends whole although its TERM is the fast stop") {
  TempDir prefix;
  prefix.write("file", std::string(3'000'000, 'n'));
  const FreePort port;
  LastcallRun run({.flags = {"--upstream", port.address()}, .child = nginx(prefix, port)});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  check_download_across_stop(run, "/throttled/file", 3'000'000);
  CHECK_EXIT(run, 0);
}

TEST_CASE("a child that exits the instant it is signalled: every request in flight is answered first (G58)") {
  LastcallRun run({.child = tiny_server({"--exit-on-term", "0"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<HttpClient>(run.port()));
    REQUIRE(clients.back()->send_request("GET", "/slow?ms=" + std::to_string(100 + 20 * i)));
  }
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  for (auto& client : clients) {
    const Exchange answer = client->read_response();
    CHECK(answer.complete);
    CHECK(answer.response.status == 200);
  }
  CHECK_EXIT(run, 0);
}

TEST_CASE("a child that leaves a setsid grandchild: it goes too, told first, killed if it won't (G133, P70, P71)") {
  {
    LastcallRun run({.child = tiny_server({"--stray", "polite"})});
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    run.stop();
    CHECK_EXIT(run, 0);
    CHECK(run.process().wait_line("^signal 15$").has_value());
  }
  LastcallRun run({.child = tiny_server({"--stray", "stubborn"}), .grace = "2s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK(run.wait_exit().has_value());
  CHECK(run.since_stop() <= 2000ms + kLeakCheck);
  CHECK(leftovers().empty());
}

TEST_CASE("as PID 1 the same: requests in flight finish, exit 0, and the namespace ends with lastcall") {
  if (!is_root()) {
    MESSAGE("skipped: a pid namespace needs root");
    return;
  }
  RunOptions options = run_node("express_app.js");
  options.spawn.pid_namespace = true;
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=600"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK(client.read_response().complete);
  CHECK_EXIT(run, 0);
}
