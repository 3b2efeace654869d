// How lastcall learns that the child is ready, and whether it still lives. Plain values; part of the settings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace lastcall::config {

struct StatusRange {
  std::uint16_t from = 200;
  std::uint16_t to = 399;  // included
  bool operator==(const StatusRange&) const = default;
};

// One kind of sign at most; none: a TCP connection is enough (decision 11), and without a proxy that it runs.
struct ReadySettings {
  std::string http;                 // a path to GET
  std::vector<StatusRange> status;  // what its answer may be; empty: 200-399
  std::vector<std::string> exec;    // a command that ends with 0
  std::string log;                  // an expression that a line of its output matches
  bool notify = false;              // it says so itself: sd_notify(3)
  Duration timeout = seconds(60);   // never ready by then: exit 124
  bool operator==(const ReadySettings&) const = default;
};

// At most one kind of question; the watchdog beside any of them, or alone.
struct LiveSettings {
  std::string http;
  std::vector<StatusRange> status;
  bool tcp = false;
  std::vector<std::string> exec;
  Duration interval = seconds(10);
  Duration timeout = seconds(5);    // of one answer: a pause for garbage collection is no death
  std::uint32_t rise = 1;
  std::uint32_t fall = 3;
  std::optional<Duration> watchdog; // the longest time between two WATCHDOG=1
  bool asks() const { return tcp || !http.empty() || !exec.empty(); }
  bool operator==(const LiveSettings&) const = default;
};

bool accepts(const std::vector<StatusRange>& ranges, int status);  // none: 200-399

}  // namespace lastcall::config
