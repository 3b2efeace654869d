// What the tests of the control socket, of `lastcall ctl` and of the admin port begin with: a run whose control socket lies where the test knows it.
#pragma once

#include <algorithm>

#include "e2e.h"
#include "support/control_client.h"

namespace lastcall::test {

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

struct Controlled {
  explicit Controlled(const Words& more = {}, const Words& child = tiny_server(), SpawnOptions spawn = {})
      : run(options(more, child, std::move(spawn))) {}
  RunOptions options(const Words& more, const Words& child, SpawnOptions spawn) const {
    Words flags{"--control", socket};
    flags.insert(flags.end(), more.begin(), more.end());
    const bool proxied = std::ranges::count(more, "--no-proxy") == 0;
    return {.flags = flags, .child = child, .listen = proxied, .spawn = std::move(spawn)};
  }
  ControlAnswer ask(std::string_view method, std::string_view target, std::string_view body = "") {
    return ask_control(socket, method, target, body);
  }

  TempDir directory;
  std::string socket = directory.path("lc.sock");
  LastcallRun run;
};

}  // namespace lastcall::test
