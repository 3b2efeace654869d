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
