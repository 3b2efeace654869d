// What a rehearsal measured: plain numbers of one run or of both, and what was expected of them. Filled by the runs, read by the judgement
// and the reports; nothing here decides anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/exit_code.h"
#include "os/signal_disposition.h"
#include "rehearsal/stop_report.h"

namespace lastcall::rehearsal {

// Requests by how they ended.
struct LoadFigures {
  std::uint64_t answered = 0;
  std::uint64_t server_errors = 0;  // of these: 5xx
  std::uint64_t client_errors = 0;  // 4xx
  std::uint64_t unavailable = 0;    // 503 while stopping: told that nothing was done, a retry is safe
  std::uint64_t raced = 0;          // sent after the server's FIN had come: no HTTP/1.1 server can help that (G50)
  std::uint64_t refused = 0;        // connects that nobody took
  std::uint64_t lost = 0;           // sent, then closed or never answered
  std::uint64_t reset = 0;          // RST before the first byte of an answer
  std::uint64_t truncated = 0;      // ended inside an answer
  std::uint64_t invalid = 0;        // an answer that is not HTTP
  std::uint64_t losses() const { return lost + reset + truncated + invalid; }
  std::uint64_t requests() const { return answered + unavailable + losses(); }
};

// One keep-alive connection to the command itself, left idle after one answer.
struct IdleFigures {
  int status = 0;                          // of its answer; 0: there was none
  bool keep_alive = false;                 // the connection stayed open after it
  std::uint32_t announced = 0;             // Keep-Alive: timeout=N in seconds; 0: not said
  std::optional<Duration> closed_after{};  // idle time until the command closed it; empty: not while we watched
  Duration watched{};
};

// One run of the command, under lastcall or under a bare init.
struct RunFigures {
  std::optional<Duration> ready_after{};
  bool stopped_by_us = false;                                     // false: it ended before we asked
  std::uint64_t restarts = 0;                                     // ends that nobody asked for, after which lastcall started it again
  LoadFigures before{}, after{};                                  // replies before and after the signal
  std::uint64_t in_flight_at_stop = 0;                            // of our own clients
  // Of the copy of the command that ended worst; with one copy, of that one.
  os::SignalDisposition manner = os::SignalDisposition::unknown;  // towards its stop signal, right before it
  std::string program{};                                          // "node", "dash": what it is, whatever its name
  int stop_signal = 0;                                            // what it got
  std::optional<core::ChildEnd> end{};
  std::optional<Duration> stop_time{};  // from its stop signal to its end
  bool killed = false;
  std::uint64_t left_behind = 0;  // processes that outlived the command, of all copies
  std::optional<StopReport> stop{};  // lastcall's own of the stop; empty: it ended without one
  bool outlived_limit = false;    // lastcall itself had to be killed
  Duration total{};               // from the platform's signal to the end of everything
  int exit_code = 0;              // lastcall's
  std::string exit_reason{};
  std::vector<std::pair<std::string, std::string>> report{};  // the fields of lastcall's own report, as they are
  std::uint64_t report_number(const std::string& name) const;
};

struct Measurements {
  RunFigures wrapped;                 // with lastcall
  std::optional<IdleFigures> idle{};  // empty: nothing speaks HTTP there
  std::optional<RunFigures> bare{};   // without; empty: not compared
  std::string not_compared{};         // then: why
};

struct Expectations {
  std::string platform{};       // "kubernetes"
  std::string limit_setting{};  // "terminationGracePeriodSeconds"; empty: it can't be changed
  int platform_signal = 15;
  std::optional<Duration> limit{};  // the platform's; empty: not named, so the grace counts
  Duration grace{};
  Duration child_at_least{};  // of the grace, however long the drain takes
  Duration upstream_idle{};
  std::uint64_t hooks_left_out = 0;  // written, but not run
  bool proxied = true;
  bool own_load = true;
  bool strict = false;
};

}  // namespace lastcall::rehearsal
