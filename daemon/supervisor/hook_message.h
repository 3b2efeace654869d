// What a hook is told, and what it answers: the situation as LASTCALL_* variables for a command and as a JSON object for an HTTP request or
// a handler on the event stream; and the counts of buffers in its answer. Pure functions and values; supervisor process only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/hook_plan.h"

namespace lastcall::supervisor {

// Of the service, as a hook begins.
struct HookSituation {
  std::string_view phase;
  std::string reason;                     // why the service ends: "stop_requested", or what was said on request; empty while it serves
  std::string signal;                     // that asked for the stop: "SIGTERM"; empty: none did
  std::optional<int> exit_code;           // crashed: the child's; exit: ours
  std::uint64_t in_flight = 0;            // requests and jobs
  std::optional<Duration> deadline_left;  // until lastcall leaves for certain; empty: no deadline runs
  int child_pid = 0;
};

struct HookCallText {
  const core::Hook& hook;
  const core::HookOccasion& about;
  Duration time;           // that it has
  const HookSituation& situation;
};

std::vector<std::string> hook_variables(const HookCallText& call);  // "LASTCALL_EVENT=drained", ...
std::string hook_json(const HookCallText& call);                    // {"event":"drained","name":"spool","timeout_ms":10000,...}, one line

// {"flushed": n, "dropped": n} in what a drained hook says: the whole text, or its last line that is not empty. Counts that are missing or
// no whole numbers are 0.
struct BufferCounts {
  std::uint64_t flushed = 0;
  std::uint64_t dropped = 0;
};
BufferCounts read_buffer_counts(std::string_view answer);

}  // namespace lastcall::supervisor
