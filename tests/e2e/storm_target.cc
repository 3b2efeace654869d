#include "storm_target.h"

#include <signal.h>

#include <cstdlib>

namespace lastcall::test {

StormTarget::StormTarget(const std::string& kind, const SpawnOptions& base, const std::string& listen_host) {
  SpawnOptions spawn = base;
  spawn.environment["NODE_PATH"] = "/usr/share/nodejs";
  const std::string app = std::string(LASTCALL_CHILDREN) + "/express_app.js";
  ready_ = "listening";
  if (kind == "lastcall") {
    ready_ = "\"ready\"";
    spawn.argv = {lastcall_binary(), "--log-format", "json", "--listen", listen_host + ":" + port_.text(), "--grace", "10s", "--", "node", app};
  } else if (kind == "naive") {
    spawn.argv = {LASTCALL_NAIVE_LISTENER, port_.text()};
  } else {
    spawn.environment["PORT"] = port_.text();
    spawn.environment["HOST"] = listen_host;
    spawn.argv = {"node", app};
    if (kind == "tini") spawn.argv.insert(spawn.argv.begin(), {"tini", "-s", "--"});
  }
  process_ = std::make_unique<Process>(spawn);
}

bool StormTarget::wait_ready() { return process_->wait_line(ready_).has_value(); }

void StormTarget::stop() {
  t0_ = Clock::now();
  process_->signal(SIGTERM);
}

std::string option(int argc, char** argv, const std::string& name, const std::string& otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == "--" + name) return argv[i + 1];
  }
  return otherwise;
}

bool full_counts() {
  const char* value = std::getenv("LASTCALL_FULL");
  return value != nullptr && std::string(value) == "1";
}

}  // namespace lastcall::test
