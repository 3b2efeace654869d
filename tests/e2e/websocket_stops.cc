// What a stop looks like to real WebSocket clients (G70 to G72): node-ws, fragmented, masked and compressed traffic that never rests, and a
// stop in the middle of it. Every connection must end with code 1001 and wasClean, and no message may come back changed.
//
//   websocket_stops [--stops N] [--connections N] [--code 1001|any]
//
// "any": only that every connection ends in time and no answer is wrong; for what does not speak WebSocket itself.
#include <sys/resource.h>

#include <cstdio>

#include "storm_target.h"

using namespace lastcall::test;

namespace {

SpawnOptions node(const std::string& program, const std::vector<std::string>& words) {
  SpawnOptions spawn;
  spawn.argv = {"node", std::string(LASTCALL_CHILDREN) + "/" + program};
  spawn.argv.insert(spawn.argv.end(), words.begin(), words.end());
  spawn.environment["NODE_PATH"] = "/usr/share/nodejs";
  return spawn;
}

bool judge(const Event& closed, int connections, const std::string& code) {
  const std::int64_t all = connections;
  bool good = closed.number("opened") == all && closed.number("closed") == all && closed.number("bad_echo") == 0;
  if (code != "any") good = good && closed.number("clean") == all && closed.number("codes." + code) == all;
  return good;
}

bool one_stop(int number, int connections, const std::string& code) {
  StormTarget target({.child = node("ws_server.js", {}).argv});
  if (!target.wait_ready()) {
    std::printf("stop %d: the server never became ready; it said:\n%s\n", number, target.output().c_str());
    return false;
  }
  Process clients(node("ws_clients.js", {std::to_string(target.port()), std::to_string(connections)}));
  if (!clients.wait_line("^(open|not open)$", 3 * kPatience) || clients.out().all().front() != "open") {
    std::printf("stop %d: not all clients came to talk; they said:\n%s\n", number, clients.output().c_str());
    return false;
  }
  target.stop();
  const auto exit = target.wait_exit(20s);
  const Milliseconds took = target.since_stop();
  const auto line = clients.wait_line("\"closed\"", 5s);
  const auto closed = line ? parse_event(*line) : std::nullopt;
  const bool good = closed && judge(*closed, connections, code) && exit == ExitStatus{false, 0};
  std::printf("stop %3d: %s after %ld ms; %s\n", number, to_string(exit).c_str(), static_cast<long>(took.count()),
              line ? line->c_str() : "the clients did not all end");
  if (!good) std::printf("it said:\n%s\n%s\n", target.output().c_str(), clients.output().c_str());
  std::fflush(stdout);
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const int stops = std::stoi(option(argc, argv, "stops", full_counts() ? "100" : "5"));
  const int connections = std::stoi(option(argc, argv, "connections", "500"));
  const std::string code = option(argc, argv, "code", "1001");
  if (::access("/usr/share/nodejs/ws/package.json", R_OK) != 0) {
    std::printf("skipped: install Debian's node-ws\n");
    return 77;
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::printf("websocket_stops: %d stops with %d connections each, code %s\n", stops, connections, code.c_str());
  int bad = 0;
  for (int number = 1; number <= stops; ++number) bad += one_stop(number, connections, code) ? 0 : 1;
  std::printf("%d of %d stops were as they should be\n", stops - bad, stops);
  return bad == 0 ? 0 : 1;
}
