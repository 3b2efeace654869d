// One copy of the child as people see it. A value that the service hands out; no behaviour. Supervisor process only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace lastcall::supervisor {

struct InstanceFacts {
  std::uint32_t number = 0;
  std::string_view state;            // "starting", "ready", "backing_off", ...
  int pid = 0;                       // 0: no process
  std::optional<TimePoint> started;  // of that process
  std::uint64_t restarts = 0;
  TimePoint ready_deadline = kNever;  // when it must be ready; kNever: nobody waits, or without an end
  std::string upstream{};            // empty without a proxy
  std::string status{};              // what its process says of itself (STATUS=): one printable line, at most kNotifyStatusLimit bytes
  std::uint64_t requests = 0;        // at it now, as the workers last counted: at most a second ago
  std::uint64_t streams = 0;
};

}  // namespace lastcall::supervisor
