// The complaint that started this project: a real browser with the page open keeps a connection alive, and the server can't stop.
#include <csignal>

#include "e2e.h"

using namespace lastcall::test;

namespace {

// Debian's Chromium without a window, the page open until it is killed.
std::unique_ptr<Process> open_page(const TempDir& profile, std::uint16_t port) {
  SpawnOptions spawn{.argv = {"chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                              "--disable-background-networking", "--no-first-run", "--remote-debugging-port=0",
                              "--user-data-dir=" + profile.path(), "http://127.0.0.1:" + std::to_string(port) + "/page"}};
  spawn.environment["HOME"] = profile.path();
  return std::make_unique<Process>(spawn);
}

// Until the page is loaded, and has then been open for more than a second: the child counts its connections every 500 ms. (Right after
// the last request decision 27 waits for another one, for up to a second.)
bool page_is_open(Process& server) {
  if (!server.wait_line("page served", 60s)) return false;
  const std::string counted = "^connections ";
  int lines = 0;
  while (server.wait_line(counted, 0ms, lines)) ++lines;
  const auto last = server.wait_line(counted, 10s, lines + 3);
  return last && *last != "connections 0";
}

}  // namespace

TEST_CASE("a real Chromium keeps the page open: SIGTERM, and lastcall has left within 1.5 s with 0") {
  TempDir profile;
  LastcallRun run(run_node("express_app.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const auto browser = open_page(profile, run.port());
  INFO("chromium said:\n", browser->output());
  REQUIRE(page_is_open(run.process()));
  run.stop();
  const auto status = run.wait_exit();
  CHECK(run.since_stop() <= 1500ms + kLeakCheck);
  CHECK_MESSAGE((status == ExitStatus{false, 0}), to_string(status));
  CHECK(run.wait_event("report")->number("dropped_finite") == 0);
  CHECK(!browser->wait_exit(0ms).has_value());  // the page was open all the time
}

TEST_CASE("the control: the classic recipe, server.close() on SIGTERM, does not end while the page is open") {
  TempDir profile;
  const FreePort port;
  SpawnOptions spawn{.argv = {"node", child_file("express_close.js")}};
  spawn.environment = {{"NODE_PATH", "/usr/share/nodejs"}, {"PORT", port.text()}};
  Process server(spawn);
  REQUIRE(server.wait_line("listening"));
  const auto browser = open_page(profile, port.number());
  REQUIRE(page_is_open(server));
  server.signal(SIGTERM);
  CHECK(!server.wait_exit(1500ms).has_value());
}
