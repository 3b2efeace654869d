// New connections right through the stop: none may be reset after its connect() succeeded (G1, G2, G4, decisions 20 and 26).
//
//   connect_storm [--network loopback|delay_line] [--server lastcall|naive] [--stops N]
//
// loopback: connections all the time, and a burst of 300 around the instant of the signal. delay_line: connections all the time through a
// line that holds each packet for 20 ms, so that handshakes are half done when the listener closes. The control is a server that closes
// its listener without a sweep and without a filter; there a run without a reset is the failure.
#include <csignal>
#include <cstdio>

#include "storm_target.h"
#include "support/connect_load.h"
#include "support/delayed_network.h"

using namespace lastcall::test;

namespace {

constexpr int kBurst = 300;
constexpr Milliseconds kOneWay = 20ms;
constexpr Milliseconds kGrace = 10s;

struct Storm {
  std::string server;
  std::unique_ptr<DelayedNetwork> network;  // none: loopback
  ConnectCounts totals;

  const char* address() const { return network ? DelayedNetwork::kServerAddress : "127.0.0.1"; }
  void on_client_side(const std::function<void()>& action) const {
    if (network) return network->on_client_side(action);
    action();
  }
};

// Three connections each millisecond for that time.
void arrive(const Storm& storm, ConnectLoad& load, Milliseconds time) {
  const auto start = Clock::now();
  for (Milliseconds at{0}; at < time; at += 1ms) {
    storm.on_client_side([&] { load.start(3); });
    do {
      load.turn(1ms);
    } while (elapsed_since(start) < at);
  }
}

void print_row(const char* name, const ConnectCounts& counts, const std::string& exit) {
  std::printf("%5s %8lu %8lu %5lu %8lu %11lu | %6lu %5lu %5lu | %s\n", name, counts.started, counts.answered, counts.refused_503, counts.refused,
              counts.unconnected, counts.resets, counts.lost, counts.wrong, exit.c_str());
  std::fflush(stdout);
}

bool one_stop(Storm& storm, int number) {
  StormTargetOptions options{.kind = storm.server, .child = tiny_server(), .host = storm.address()};
  if (storm.network) options.spawn.before_exec = storm.network->enter_server_side();
  StormTarget target(options);
  if (!target.wait_ready()) {
    std::printf("stop %d: the server never became ready; it said:\n%s\n", number, target.output().c_str());
    return false;
  }
  ConnectLoad load(storm.address(), target.port());
  arrive(storm, load, 100ms);
  storm.on_client_side([&] { load.start(kBurst / 3); });
  target.stop();
  storm.on_client_side([&] { load.start(kBurst - kBurst / 3); });
  arrive(storm, load, 200ms);
  load.run_to_end(kGrace);
  const auto exit = target.wait_exit(kGrace);
  print_row(std::to_string(number).c_str(), load.counts(), to_string(exit) + " after " + std::to_string(target.since_stop().count()) + " ms");
  if (storm.server == "lastcall" && load.counts().losses() + load.counts().wrong > 0) std::printf("it said:\n%s\n", target.output().c_str());
  storm.totals.add(load.counts());
  return exit == ExitStatus{false, 0};
}

}  // namespace

int main(int argc, char** argv) {
  Storm storm{option(argc, argv, "server", "lastcall"), nullptr, {}};
  const bool control = storm.server != "lastcall";
  const std::string network = option(argc, argv, "network", "loopback");
  const int stops = std::stoi(option(argc, argv, "stops", control ? "3" : full_counts() ? "100" : "10"));
  if (network == "delay_line") {
    if (const std::string why = DelayedNetwork::unavailable(); !why.empty()) {
      std::printf("skipped: %s\n", why.c_str());
      return 77;
    }
    storm.network = std::make_unique<DelayedNetwork>(LASTCALL_DELAY_LINE, kOneWay);
  }

  std::printf("connect_storm: %d stops of %s, %s\n", stops, storm.server.c_str(), network.c_str());
  std::printf("%5s %8s %8s %5s %8s %11s | %6s %5s %5s | %s\n", "stop", "started", "answered", "503", "refused", "unconnected", "resets", "lost", "wrong", "exit");
  bool good = true;
  for (int number = 1; number <= stops; ++number) good = one_stop(storm, number) && good;
  print_row("all", storm.totals, "");
  std::printf("%s, %s: %lu connections: resets %lu lost %lu\n", storm.server.c_str(), network.c_str(), storm.totals.started, storm.totals.resets,
              storm.totals.lost);
  if (!control) return good && storm.totals.losses() + storm.totals.wrong == 0 && storm.totals.answered > 0 ? 0 : 1;
  if (storm.totals.losses() > 0) return 0;
  std::printf("the control shows no reset: this storm is blind\n");
  return 1;
}
