// Many lastcalls side by side: each child has a port of its own, and no request ever reaches a neighbour's child (G153, decision 10).
#include <cstdlib>
#include <set>

#include "e2e.h"

using namespace lastcall::test;

namespace {

// 500 with LASTCALL_FULL=1.
std::size_t how_many() {
  const char* full = std::getenv("LASTCALL_FULL");
  return full != nullptr && std::string(full) == "1" ? 500 : 40;
}

}  // namespace

TEST_CASE("starts side by side: no port clash, no cross-talk, and all stop cleanly") {
  std::vector<std::unique_ptr<LastcallRun>> runs;
  for (std::size_t i = 0; i < how_many(); ++i) runs.push_back(std::make_unique<LastcallRun>(RunOptions{.child = tiny_server(), .grace = "30s"}));

  std::set<std::string> upstreams;
  for (auto& run : runs) {
    SHOW_LOG(*run);
    const auto ready = run->wait_event("ready", 60s);
    REQUIRE(ready);
    upstreams.insert(ready->text("upstream"));
  }
  CHECK(upstreams.size() == runs.size());

  for (auto& run : runs) {  // "PID PPID" of the child that answered
    const std::string said = fetch(run->port(), "/pid").response.body;
    CHECK(said.substr(said.find(' ') + 1) == std::to_string(run->process().pid()));
  }
  for (auto& run : runs) run->stop();
  for (auto& run : runs) {
    SHOW_LOG(*run);
    CHECK(run->wait_exit(60s) == ExitStatus{false, 0});
  }
  CHECK(leftovers().empty());
}

TEST_CASE("a fixed Unix socket that the proxy process can't reach is named at the start, and not where it can") {
  if (!is_root()) return;
  for (const bool open : {false, true}) {
    CAPTURE(open);
    TempDir directory;
    const std::string place = directory.path("run");
    std::filesystem::create_directory(place);
    std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
    std::filesystem::permissions(place, std::filesystem::perms(open ? 0755 : 0700));
    const std::string socket = place + "/app.sock";
    LastcallRun run({.flags = {"--upstream", "unix:" + socket}, .child = {"sh", "-c", "umask 0; exec \"$@\"", "sh", LASTCALL_TINY_CHILD, "serve", "--unix", socket}});
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    CHECK((fetch(run.port(), "/").response.status == 200) == open);
    const auto hints = run.events("upstream_out_of_reach");
    REQUIRE(hints.size() == (open ? 0 : 1));
    if (!open) {
      CHECK(hints[0].text("obstacle").starts_with(place + " has mode 0700 and belongs to 0:0; the proxy process runs as "));
      CHECK(hints[0].text("upstream") == "unix:" + socket);
      CHECK(hints[0].text("hint").find("worker_user") != std::string::npos);
    }
    run.stop();
    CHECK_EXIT(run, 0);
  }
}

TEST_CASE("{{port}} is the literal text {port}, with a port of ours and beside a fixed one (decision 12)") {
  FreePort port;
  for (const Words& flags : {Words{}, Words{"--upstream", port.address()}}) {
    LastcallRun run({.flags = flags, .child = {"sh", "-c", "echo \"$0\"; exit 4", "{{port}} {{x}}"}});
    SHOW_LOG(run);
    CHECK_EXIT(run, 4);
    CHECK(run.process().out().text() == "{port} {{x}}\n");
  }
}
