// Stops at random moments, each a moment after some trouble: a copy of the server killed, frozen, ended alone, or their number changed. Every
// request is classified, as in stop_storm.
//
//   trouble_storm [--stops N] [--restart on-failure|never] [--seed S]
//
// on-failure: exits 1 if one request was reset, truncated, lost or answered wrongly. never is the control: nothing takes a dead copy's place,
// and a run without loss is the failure, since a harness that can't see loss proves nothing.
#include <signal.h>

#include <cstdio>
#include <random>

#include "storm_target.h"
#include "support/control_client.h"
#include "support/load_loop.h"
#include "support/temp_dir.h"

using namespace lastcall::test;

namespace {

constexpr Milliseconds kGrace = 10s;

enum class Trouble : std::uint8_t { killed, frozen, ended, scaled };
constexpr const char* kNames[] = {"a copy is killed", "a copy is frozen", "a copy ends alone", "their number changes"};

class Storm {
 public:
  Storm(std::string restart, std::uint32_t seed) : restart_(std::move(restart)), random_(seed) {}

  bool one_stop(int number);
  int judge() const;

 private:
  int draw(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  std::vector<LoadPlan> plans(std::uint16_t port, Trouble trouble) const;
  void make(Trouble trouble, LastcallRun& run, LoadLoop& load, const std::string& socket);

  std::string restart_;
  std::mt19937 random_;
  LoadCounts totals_;
  int stops_ = 0, bad_exits_ = 0;
};

// What a copy had been sent when it was killed may not be repeated if it is a POST: those clients hear 502, and are not here.
std::vector<LoadPlan> Storm::plans(std::uint16_t port, Trouble trouble) const {
  std::vector<LoadPlan> all{{.port = port, .clients = 6, .think_max = 10ms},
                            {.port = port, .clients = 6, .think_max = 400ms},
                            {.port = port, .clients = 4, .think_max = 20ms, .slow_percent = 60}};
  for (LoadPlan& plan : all)
    if (trouble == Trouble::killed) plan.post_percent = 0;
  return all;
}

void Storm::make(Trouble trouble, LastcallRun& run, LoadLoop& load, const std::string& socket) {
  const std::vector<int> copies = run.child_pids();
  const int one = copies[static_cast<std::size_t>(draw(0, static_cast<int>(copies.size()) - 1))];
  switch (trouble) {
    case Trouble::killed:
      ::kill(one, SIGKILL);
      return;
    case Trouble::frozen:
      ::kill(one, SIGSTOP);
      load.run_for(Milliseconds(draw(20, 400)));
      ::kill(one, SIGCONT);
      return;
    case Trouble::ended: (void)ask_control(socket, "POST", "/v1/instances/0/stop"); return;
    case Trouble::scaled: (void)ask_control(socket, "PUT", "/v1/instances", "{\"instances\": " + std::to_string(draw(1, 4)) + "}"); return;
  }
}

bool Storm::one_stop(int number) {
  const bool control = restart_ == "never";
  const int copies = control ? 1 : draw(1, 3);
  const auto trouble = control ? Trouble::killed : static_cast<Trouble>(draw(0, 3));
  TempDir place;
  const std::string socket = place.path("control");
  RunOptions options{.flags = {"--instances", std::to_string(copies), "--restart-policy", restart_, "--restart-delay", "50ms", "--control", socket},
                     .child = express_app()};
  options.spawn.environment["NODE_PATH"] = "/usr/share/nodejs";
  LastcallRun run(options);
  if (!run.wait_ready()) {
    std::printf("stop %d: the server never became ready; it said:\n%s\n", number, run.log().c_str());
    return false;
  }
  LoadLoop load(plans(run.port(), trouble), static_cast<std::uint32_t>(draw(0, 1 << 30)));
  load.run_until_answered(50);
  make(trouble, run, load, socket);
  load.run_for(Milliseconds(draw(control ? 200 : 0, 600)));
  run.stop();
  load.set_stopping();
  load.run_to_end(kGrace + 5s);
  const auto exit = run.wait_exit(kGrace + 5s);
  const bool killed_last = trouble == Trouble::killed && exit == ExitStatus{false, 137};  // its stop came before its successor did
  const bool good = exit == ExitStatus{false, 0} || killed_last;
  const LoadCounts& counts = load.counts();
  std::printf("%4d %d of them, %-20s: %5lu answered, %3lu 503, %2lu raced, %2lu lost, %2lu wrong; %s after %ld ms\n", number, copies,
              kNames[static_cast<int>(trouble)], counts.answered, counts.refused_503, counts.raced, counts.losses(),
              counts.wrong + counts.refused_early + counts.unconnected, to_string(exit).c_str(), static_cast<long>(run.since_stop().count()));
  for (const std::string& problem : counts.problems) std::printf("      %s\n", problem.c_str());
  if (!control && (!good || !counts.spotless())) std::printf("it said:\n%s\n", run.log().c_str());
  std::fflush(stdout);
  ++stops_;
  if (!good) ++bad_exits_;
  totals_.add(counts);
  return true;
}

int Storm::judge() const {
  std::printf("restart %s: %d stops, %lu requests answered, %lu told 503, %lu lost, %lu wrong, %lu refused before the stop, %d bad exits\n",
              restart_.c_str(), stops_, totals_.answered, totals_.refused_503, totals_.losses(), totals_.wrong, totals_.refused_early, bad_exits_);
  if (restart_ != "never") return totals_.spotless() && bad_exits_ == 0 ? 0 : 1;
  if (!totals_.spotless()) return 0;
  std::printf("the control shows no loss: this harness is blind\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string restart = option(argc, argv, "restart", "on-failure");
  const int stops = std::stoi(option(argc, argv, "stops", full_counts() ? "150" : "10"));
  const auto seed = static_cast<std::uint32_t>(std::stoul(option(argc, argv, "seed", std::to_string(std::random_device{}()))));
  std::printf("trouble_storm: %d stops, restart %s, seed %u\n", stops, restart.c_str(), seed);
  Storm storm(restart, seed);
  for (int number = 1; number <= stops; ++number)
    if (!storm.one_stop(number)) return 1;
  return storm.judge();
}
