#include "storm_target.h"

#include <signal.h>

#include <cstdlib>

namespace lastcall::test {

StormTarget::StormTarget(const StormTargetOptions& options) {
  SpawnOptions spawn = options.spawn;
  spawn.environment["NODE_PATH"] = "/usr/share/nodejs";
  ready_ = "listening";
  if (options.kind == "naive") {
    spawn.argv = {LASTCALL_NAIVE_LISTENER, port_.text()};
  } else if (options.kind == "lastcall") {
    ready_ = "\"ready\"";
    spawn.argv = {lastcall_binary(), "--log-format", "json", "--listen", options.host + ":" + port_.text(), "--grace", "10s", "--"};
  } else {
    spawn.environment["PORT"] = port_.text();
    if (options.kind == "tini") spawn.argv = {"tini", "-s", "--"};
  }
  if (options.kind != "naive") spawn.argv.insert(spawn.argv.end(), options.child.begin(), options.child.end());
  process_ = std::make_unique<Process>(spawn);
}

bool StormTarget::wait_ready() { return process_->wait_line(ready_).has_value(); }

void StormTarget::stop() {
  t0_ = Clock::now();
  process_->signal(SIGTERM);
}

std::vector<std::string> express_app() { return {"node", std::string(LASTCALL_CHILDREN) + "/express_app.js"}; }

std::vector<std::string> tiny_server() { return {LASTCALL_TINY_CHILD, "serve"}; }

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
