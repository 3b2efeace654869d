// What the lastcall inside reports of its stop (docs/report.schema.json), as far as the judgement asks for it: how each copy of the command
// ended, what was dropped, which hooks ran. A value; parsing is pure, and what is missing or of another kind is left at its default.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/exit_code.h"

namespace lastcall::rehearsal {

struct CopyEnd {
  int pid = 0;
  int stop_signal = 0;                // 0: it got none
  std::optional<core::ChildEnd> end{};
  std::optional<Duration> stop_time{};  // from its stop signal to its end
  bool killed = false;
  std::uint64_t left_behind = 0;  // processes of it that were told to go after it
};

struct DroppedRequest {
  std::string line;
  Duration age{};
};

struct HookEnd {
  std::string on, name, end, why;  // end: done, failed, timed_out, skipped
  Duration took{};
};

struct StopReport {
  std::string text;  // as it was written
  std::vector<CopyEnd> copies{};
  std::vector<DroppedRequest> dropped{};
  std::vector<HookEnd> hooks{};
};

// Nothing where there was no stop, or it could not tell of it.
std::optional<StopReport> parse_stop_report(std::string_view text);

// Whose end is the worst: killed, not ended, by a signal that is not its stop signal, with another code than 0, at last the slowest. Null
// without copies.
const CopyEnd* worst_of(const std::vector<CopyEnd>& copies);

}  // namespace lastcall::rehearsal
