// The count that the README promises: stops at random moments under keep-alive GET and POST load, every request classified.
//
//   stop_storm [--stops N] [--wrapper lastcall|bare|tini] [--seed S] [--rtt MS]
//
// lastcall: exits 1 if one request was reset, truncated or lost. bare and tini are the controls: there a run without loss is the failure,
// since a harness that can't see loss proves nothing.
#include <cstdio>
#include <random>

#include "storm_target.h"
#include "support/load_loop.h"

using namespace lastcall::test;

namespace {

constexpr Milliseconds kGrace = 10s;

std::vector<LoadPlan> plans_for(std::uint16_t port, Milliseconds round_trip) {
  LoadPlan busy{.port = port, .clients = 8};
  LoadPlan brisk{.port = port, .clients = 12, .think_min = 0ms, .think_max = 40ms};
  LoadPlan slow{.port = port, .clients = 12, .think_min = 0ms, .think_max = 2000ms};
  LoadPlan uploads{.port = port, .clients = 4, .think_min = 0ms, .think_max = 20ms, .post_percent = 100, .body_max = 1 << 20};
  std::vector<LoadPlan> plans{busy, brisk, slow, uploads};
  for (LoadPlan& plan : plans) plan.round_trip = round_trip;
  return plans;
}

struct Storm {
  std::string wrapper;
  Milliseconds round_trip;
  std::mt19937 random;
  LoadCounts totals;
  int bad_exits = 0;
};

void print_head() {
  std::printf("%5s %9s %7s %5s %8s %6s %6s | %6s %9s %5s %6s | %s\n", "stop", "answered", "(close)", "503", "refused", "idle", "raced", "resets",
              "truncated", "lost", "wrong", "exit");
}

void print_row(const std::string& name, const LoadCounts& counts, const std::string& exit) {
  std::printf("%5s %9lu %7lu %5lu %8lu %6lu %6lu | %6lu %9lu %5lu %6lu | %s\n", name.c_str(), counts.answered, counts.said_close,
              counts.refused_503, counts.refused, counts.idle_closed, counts.raced, counts.resets, counts.truncated, counts.lost,
              counts.wrong + counts.refused_early + counts.unconnected, exit.c_str());
  for (const std::string& problem : counts.problems) std::printf("      %s\n", problem.c_str());
  std::fflush(stdout);
}

bool one_stop(Storm& storm, int number) {
  StormTarget target({.kind = storm.wrapper, .child = express_app()});
  if (!target.wait_ready()) {
    std::printf("stop %d: the server never became ready; it said:\n%s\n", number, target.output().c_str());
    return false;
  }
  LoadLoop load(plans_for(target.port(), storm.round_trip), static_cast<std::uint32_t>(storm.random()));
  load.run_until_answered(100);
  load.run_for(Milliseconds(std::uniform_int_distribution<int>(0, 500)(storm.random)));
  target.stop();
  load.set_stopping();
  load.run_to_end(kGrace + 5s);
  const auto exit = target.wait_exit(kGrace + 5s);
  const bool good = exit == ExitStatus{false, 0};
  if (!good) ++storm.bad_exits;
  print_row(std::to_string(number), load.counts(), to_string(exit) + " after " + std::to_string(target.since_stop().count()) + " ms");
  const bool lastcall_failed = storm.wrapper == "lastcall" && (!good || !load.counts().spotless());
  if (lastcall_failed) std::printf("it said:\n%s\n", target.output().c_str());
  storm.totals.add(load.counts());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string wrapper = option(argc, argv, "wrapper", "lastcall");
  const int stops = std::stoi(option(argc, argv, "stops", full_counts() ? "200" : "20"));
  const auto seed = static_cast<std::uint32_t>(std::stoul(option(argc, argv, "seed", std::to_string(std::random_device{}()))));
  Storm storm{wrapper, Milliseconds(std::stoi(option(argc, argv, "rtt", "0"))), std::mt19937(seed), {}, 0};

  std::printf("stop_storm: %d stops, %s, seed %u\n", stops, wrapper.c_str(), seed);
  print_head();
  for (int number = 1; number <= stops; ++number) {
    if (!one_stop(storm, number)) return 1;
  }
  storm.totals.problems.clear();
  print_row("all", storm.totals, std::to_string(storm.bad_exits) + " not 0");
  std::printf("%s: %d stops, %lu requests answered: resets %lu truncated %lu lost %lu\n", wrapper.c_str(), stops, storm.totals.answered,
              storm.totals.resets, storm.totals.truncated, storm.totals.lost);

  if (wrapper == "lastcall") return storm.totals.spotless() && storm.bad_exits == 0 ? 0 : 1;
  if (storm.totals.losses() > 0) return 0;
  std::printf("the control shows no loss: this harness is blind\n");
  return 1;
}
