// Everything random about one run, drawn from its seed: the budget, the child's character, what people do and when, and how the world
// between supervisor and workers behaves. Values only.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "core/grace_budget.h"
#include "core/hook_plan.h"
#include "core/shutdown_sequence.h"

namespace lastcall::sim {

// A source of randomness with the few forms that the simulation needs.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  bool chance(double probability) { return std::uniform_real_distribution<>(0, 1)(engine_) < probability; }
  int number(int least, int most) { return std::uniform_int_distribution<>(least, most)(engine_); }
  Duration between(Duration least, Duration most) {
    return Duration(std::uniform_int_distribution<Duration::rep>(least.count(), most.count())(engine_));
  }

 private:
  std::mt19937_64 engine_;
};

struct Happening {
  TimePoint when;
  core::Event event;
};

struct Plan {
  std::uint64_t seed = 0;
  core::GraceOptions grace;
  int workers = 1;
  int jobs = 0;
  Duration job_length{};

  std::vector<core::Hook> hooks;
  int copies = 1;
  bool end_of_one_ends_all = false;  // restart.policy: never
  Duration restart_pause{};          // of a copy that ended by itself; kInfinite: no other follows
  Duration copy_leaves_after{};      // a random one, alone; kInfinite: none
  std::vector<Duration> copies_die_after;  // of each; the first one is child_dies_after

  Duration child_ready_after{};    // kInfinite: never
  Duration child_dies_after{};     // by itself; kInfinite: never
  Duration child_stops_within{};   // after its stop signal; kInfinite: ignores it
  int descendants = 0;
  Duration descendants_go_within{};  // after TERM, once main is gone; kInfinite: they ignore it
  bool unkillable = false;           // D state: even SIGKILL does nothing

  Duration message_delay{};        // at most, each way
  double coalesce = 0;             // how often a state that still waits is replaced by a newer one
  Duration timer_lateness{};       // at most
  Duration arrival{};              // mean pause between two connections
  Duration request_length{};       // at most
  double streams = 0;              // share of requests that are streams
  bool client_never_reads = false; // flushing does not end by itself
  Duration worker_dies_after{};    // one of them; kInfinite: none
  bool workers_crash_always = false;
  Duration worker_hangs_after{};   // kInfinite: none

  std::vector<Happening> happenings;
  TimePoint end{};                 // when the impatient operator comes and escalates until it is over
};

Plan draw_plan(std::uint64_t seed, TimePoint start);

}  // namespace lastcall::sim
