// Everything a user can decide, validated: the one product of file, environment and flags (flags win over environment over file).
// Plain values; both processes hold one, the worker's loaded from the same text that --print-config prints.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/log.h"
#include "base/time.h"
#include "config/child_settings.h"
#include "config/control_settings.h"
#include "config/signal_rules.h"
#include "config/forward_settings.h"
#include "config/grace_advice.h"
#include "config/hook_settings.h"
#include "config/health_settings.h"
#include "core/grace_budget.h"
#include "core/restart_policy.h"
#include "core/stop_steps.h"

namespace lastcall::config {

// graceful.md section 11 and G93; kInfinite: no limit.
struct TimeoutSettings {
  Duration idle = seconds(620);            // keep-alive connection without a request: longer than any load balancer's (G62)
  Duration proxy_header = seconds(5);      // at least 3 s (G121)
  Duration request_head = seconds(10);     // the whole head, from its first byte (408)
  Duration request_body = seconds(30);     // without a byte
  Duration slow_body = seconds(10);        // what a body may be slower than min_body_rate for, from its first byte (G93)
  std::uint32_t min_body_rate = 256;       // bytes a second on average; 0: no limit
  Duration upstream_connect = seconds(10); // the kernel asks a full accept queue again after 1, 3 and 7 s: a burst is no error
  Duration response = kInfinite;           // until the response head; a wrapper must not invent 504s (decision 18)
  Duration send = seconds(30);             // a client that takes nothing
  Duration tunnel_idle = std::chrono::hours(1);
  Duration fin = seconds(30);              // a half-closed tunnel
  Duration upstream_idle = seconds(4);     // pooled connection: below the 5 s of Node and uvicorn (G61)
  Duration idle_linger = seconds(5);       // decision 27
  bool operator==(const TimeoutSettings&) const = default;
};

enum class AccessLogFormat : std::uint8_t { off, combined, json };

enum class TerminalMode : std::uint8_t { automatic, child };

// Where the command's standard output and standard error go: into ours themselves, or through us, line by line.
enum class OutputMode : std::uint8_t { pass, prefix, json };

inline constexpr std::uint32_t kMaxInstances = 16;  // what the messages to a worker have room for

struct Settings {
  std::vector<Address> listen;             // empty only with no_proxy
  bool tcp = false;                        // bytes, not HTTP
  bool no_proxy = false;                   // init and stop sequence alone
  std::optional<Address> upstream;         // fixed; else a port or socket is assigned to the child
  std::vector<std::string> command;
  std::uint32_t instances = 1;             // copies of the command
  ChildSettings child;
  SignalRules signals;
  core::GraceOptions grace;
  std::string grace_source;                // who decided: "--grace", "LASTCALL_GRACE", "lastcall.yaml", "kubernetes", ...
  std::optional<GraceAdvice> grace_advice;  // it may be more than the platform gives
  bool term_confirms = false;              // by platform: INT is its stop, and TERM comes shortly before its kill (G156)
  int stop_signal = 15;                    // stop.signal
  std::vector<core::StopStep> stop_steps;  // stop.steps; empty: stop_signal alone
  std::vector<HookSettings> hooks;         // in the order in which they are written
  std::string report;                      // a file for the report of a stop; empty: none
  std::map<int, int> exit_codes;           // what is seen instead of which; applied last
  ReadySettings ready;
  LiveSettings live;
  ControlSettings control;
  core::RestartOptions restart;            // after an end that nobody asked for
  TimeoutSettings timeouts;
  ForwardSettings forward;
  std::vector<std::string> stream_paths;   // requests that count as streams (decision 1): prefixes
  std::uint32_t max_connections = 0;       // 0: what RLIMIT_NOFILE allows (G15)
  std::uint32_t max_in_flight = 0;         // requests at the child at once; 0: no limit
  std::uint32_t max_waiting = 1024;        // requests that wait for the child, which is not ready or has enough of them (G64)
  Duration start_wait = seconds(5);        // and for how long
  std::uint32_t workers = 1;               // the only value so far (decision 28)
  std::string worker_user = "nobody";      // the worker's user where lastcall runs as root
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  std::string log_file = "-";              // lastcall's own lines; "-": standard error
  AccessLogFormat access_log = AccessLogFormat::off;
  std::string access_log_file = "-";       // "-": standard output
  TerminalMode terminal = TerminalMode::automatic;
  OutputMode output = OutputMode::pass;
  bool operator==(const Settings&) const = default;
};

}  // namespace lastcall::config
