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

// Until the child says that the browser holds connections and has asked for nothing more.
bool page_is_open(Process& server) { return server.wait_line("page served", 60s) && server.wait_line("connections [1-9]", 10s); }

}  // namespace

TEST_CASE("a real Chromium keeps the page open: SIGTERM, and the Express child is gone within 1.5 s, exit 0") {
  TempDir profile;
  LastcallRun run(run_node("express_app.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const auto browser = open_page(profile, run.port());
  INFO("chromium said:\n", browser->output());
  REQUIRE(page_is_open(run.process()));
  run.stop();
  const auto status = run.wait_exit();
  CHECK(run.since_stop() <= 1500ms);
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
