// While a stop runs: what is left, how old the oldest of it is, and how much of the grace remains. Once a second as the log event
// "draining"; on a terminal as a live line instead. Pull-style like the core: the app hands it the record and the time, and asks when to
// come again; it reads no clock and knows nothing of the supervisor. Rendering is pure and apart from writing. Supervisor process only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/shutdown_record.h"

namespace lastcall::control {

// What one line says.
struct ProgressFacts {
  core::Phase phase = core::Phase::draining;
  bool proxied = true;
  core::LiveGauges left;
  std::uint64_t jobs = 0;
  std::vector<std::string> job_names;  // the oldest of them
  Duration since_t0{0};
  Duration grace_left = kInfinite;  // until we leave for certain (T_exit)
  int escalated = 0;
  bool operator==(const ProgressFacts&) const = default;
};

// Nothing before T0 and once `exiting` is reached.
std::optional<ProgressFacts> progress_facts(const core::ShutdownRecord& record, TimePoint now);

struct LiveStyle {
  int width = 80;               // columns of the terminal
  bool color = false;
  bool interrupt_hint = false;  // we are the terminal's foreground: Ctrl-C reaches us
};

// One line that never reaches the last column (a terminal would wrap there); what matters least is left out first.
std::string render_live_line(const ProgressFacts& facts, const LiveStyle& style);
void log_draining(const ProgressFacts& facts);

class Progress {
 public:
  // `live`: standard error is a terminal that understands ECMA-48 (TERM is not "dumb"), and open_live_line() was called.
  Progress(bool live, const LiveStyle& style) : live_(live), style_(style) {}

  void on_time(const core::ShutdownRecord& record, TimePoint now);  // at T0, whenever the record changed, and at deadline()
  TimePoint deadline() const { return next_; }                      // kNever: nothing to show
  void set_width(int width) { style_.width = width; }               // SIGWINCH
  void end();                                                       // erases the live line; before the report

 private:
  void age(ProgressFacts& facts, TimePoint now);

  bool live_;
  LiveStyle style_;
  TimePoint next_ = kNever;
  core::LiveGauges seen_;  // the last census, and when it came: a quiet worker sends none
  TimePoint seen_at_{};
};

}  // namespace lastcall::control
