// The exit code as decision 7 says: the first row that applies. A pure function, tested row by row. Supervisor process only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/shutdown_sequence.h"

namespace lastcall::core {

// Never started, or could not go on (sysexits.h where it has a name).
enum class ExitCode : int {
  ok = 0,
  forced = 1,        // asked to stop, the child ended well, but finite requests or jobs were dropped at a deadline
  usage = 64,        // EX_USAGE
  address_busy = 69, // EX_UNAVAILABLE
  workers_failed = 70, // EX_SOFTWARE
  kernel_refused = 71, // EX_OSERR: fork, socket, memory
  configuration = 78,  // EX_CONFIG
  never_ready = 124,
  child_setup = 125,   // user, directory or limits of the child
  not_executable = 126,
  not_found = 127,
  killed = 137,
};

struct ChildEnd {
  bool by_signal = false;
  int value = 0;  // exit status, or signal number
};

// The final end of one copy of the child. What an operator stopped alone, or what another one followed, is no end of the service's.
struct FinalEnd {
  ChildEnd end;
  std::vector<int> stop_signals{};  // what we had sent to it, step by step; none: it ended by itself
  bool gave_up = false;             // it was started again until the limit of restarts forbade it (P94)
  bool not_alive = false;           // it was ended because it was no longer alive, and no other follows
};

struct Outcome {
  Cause cause = Cause::none;
  bool killed = false;            // a copy of the child had to be killed by us, because its time was over
  std::vector<FinalEnd> ends{};   // in the order of time; empty: never started, or unknown
  std::uint64_t dropped = 0;      // finite requests and jobs dropped at a deadline
  std::optional<int> custom{};           // POST /v1/shutdown {"exit_code"}
};

struct ExitDecision {
  int code = 0;
  std::string reason;  // one clause for the report: "the child had to be killed"
};

// Of several copies the first one speaks that ended badly; where all ended well, so did the child.
ExitDecision decide_exit(const Outcome& outcome);

// `exit_codes`: what the user wants to see instead; after everything else, once, and only the listed codes (P10).
ExitDecision remap(ExitDecision decision, const std::map<int, int>& codes);

}  // namespace lastcall::core
