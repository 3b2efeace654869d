// lastcall_sim: random schedules over the shutdown, from --seed on, --runs of them (or LASTCALL_SIM_SEED, LASTCALL_SIM_RUNS;
// LASTCALL_FULL=1 means many). With --flaws it runs deliberately broken supervisors instead, and fails unless each is found out.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/shutdown_table.h"
#include "simulation.h"

namespace lastcall::sim {
namespace {

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t runs = 10'000;
  bool flaws = false;
};

std::uint64_t number(const char* text) { return std::strtoull(text, nullptr, 10); }

bool read_options(int argc, char** argv, Options& options) {
  if (const char* full = std::getenv("LASTCALL_FULL"); full != nullptr && std::string_view(full) == "1") options.runs = 1'000'000;
  if (const char* seed = std::getenv("LASTCALL_SIM_SEED")) options.seed = number(seed);
  if (const char* runs = std::getenv("LASTCALL_SIM_RUNS")) options.runs = number(runs);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--flaws")
      options.flaws = true;
    else if (argument == "--seed" && i + 1 < argc)
      options.seed = number(argv[++i]);
    else if (argument == "--runs" && i + 1 < argc)
      options.runs = number(argv[++i]);
    else
      return false;
  }
  return true;
}

// Enough runs use every answer of the table; fewer may not, and say nothing about it.
constexpr std::uint64_t kEnoughRuns = 10'000;

int missing_answers(const std::set<Pair>& walked) {
  int missing = 0;
  for (const core::table::Row& row : core::table::kRows) {
    if (row.holds == core::table::Holds::never) continue;
    for (std::size_t i = 0; i < core::kEventCount; ++i) {
      const auto event = static_cast<core::Event>(i);
      if (!row.events.has(event) || walked.contains({row.phase, event})) continue;
      ++missing;
      std::printf("never used: %s in %s\n", core::to_string(event).data(), core::to_string(row.phase).data());
    }
  }
  return missing;
}

int run_honest(const Options& options) {
  std::set<Pair> walked;
  double virtual_seconds = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t broken = 0;
  std::uint64_t seed = options.seed;
  for (; seed < options.seed + options.runs && broken < 5; ++seed) {
    const RunResult result = simulate(seed, Flaw::none);
    walked.insert(result.walked.begin(), result.walked.end());
    virtual_seconds += std::chrono::duration<double>(result.virtual_time).count();
    broken += !result.broken.empty();
    for (const std::string& line : result.broken) std::printf("%s\n", line.c_str());
  }
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%llu runs from seed %llu: %.0f virtual hours in %.1f s, %llu broken\n", static_cast<unsigned long long>(seed - options.seed),
              static_cast<unsigned long long>(options.seed), virtual_seconds / 3600, wall, static_cast<unsigned long long>(broken));
  const int missing = options.runs >= kEnoughRuns ? missing_answers(walked) : 0;
  return broken == 0 && missing == 0 ? 0 : 1;
}

struct Trap {
  Flaw flaw;
  const char* name;
  Rule rule;
};
constexpr Trap kTraps[] = {
    {Flaw::ignores_seal, "ignores_seal", Rule::signal_before_seal},
    {Flaw::ignores_seal, "ignores_seal", Rule::request_to_sealed_instance},
    {Flaw::ignores_hooks, "ignores_hooks", Rule::signal_before_hooks},
    {Flaw::cleans_up_early, "cleans_up_early", Rule::cleanup_before_gone},
    {Flaw::leaves_hooks, "leaves_hooks", Rule::hooks_after_exit},
    {Flaw::ignores_seal, "ignores_seal", Rule::copy_signal_before_seal},
    {Flaw::ignores_census, "ignores_census", Rule::dropped_early},
    {Flaw::ignores_census, "ignores_census", Rule::copy_dropped_early},
    {Flaw::believes_old_zeros, "believes_old_zeros", Rule::copy_dropped_early},
    {Flaw::closes_first, "closes_first", Rule::closed_before_workers},
    {Flaw::replaces_after_close, "replaces_after_close", Rule::accept_after_close},
    {Flaw::kills_early, "kills_early", Rule::kill_too_early},
    {Flaw::kills_early, "kills_early", Rule::copy_killed_early},
    {Flaw::sleeps_through_deadline, "sleeps_through_deadline", Rule::exit_too_late},
    {Flaw::signals_after_reap, "signals_after_reap", Rule::signal_after_reap},
};

int run_flaws(const Options& options) {
  int unseen = 0;
  for (const Trap& trap : kTraps) {
    std::uint64_t seed = options.seed;
    const std::uint64_t end = options.seed + options.runs;
    while (seed < end && !simulate(seed, trap.flaw).rules.contains(trap.rule)) ++seed;
    unseen += seed == end;
    std::printf("%-24s %-28s %s %llu runs\n", trap.name, to_string(trap.rule), seed == end ? "NOT FOUND in" : "found after",
                static_cast<unsigned long long>(seed - options.seed + (seed != end)));
  }
  return unseen == 0 ? 0 : 1;
}

}  // namespace
}  // namespace lastcall::sim

int main(int argc, char** argv) {
  lastcall::sim::Options options;
  if (!lastcall::sim::read_options(argc, argv, options)) {
    std::fprintf(stderr, "usage: lastcall_sim [--seed N] [--runs N] [--flaws]\n");
    return 64;
  }
  return options.flaws ? lastcall::sim::run_flaws(options) : lastcall::sim::run_honest(options);
}
