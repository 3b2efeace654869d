#include "control/drain_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "base/people_text.h"
#include "os/signal_name.h"

namespace lastcall::control {
namespace {

using core::ShutdownRecord;

constexpr std::size_t kWidth = 80;

struct Paint {
  bool on;
  std::string good(const std::string& text) const { return on ? "\033[32m" + text + "\033[0m" : text; }
  std::string bad(const std::string& text) const { return on ? "\033[31m" + text + "\033[0m" : text; }
  std::string dim(const std::string& text) const { return on ? "\033[2m" + text + "\033[0m" : text; }
};

// Everything that was in flight and got no whole answer, whoever's fault it was.
std::uint64_t dropped(const ShutdownRecord& record) {
  return record.totals.dropped_finite + record.totals.dropped_streams + record.totals.lost_in_worker;
}

Duration total(const ShutdownRecord& record) { return record.ended.value_or(*record.t0) - *record.t0; }

std::string cut(std::string text, std::size_t room) {
  if (text.size() <= room) return text;
  text.resize(room - 3);
  return text + "...";
}

std::string row(std::string_view name, const std::string& text) {
  constexpr std::size_t kName = 17;
  return fmt::format("  {:<{}}{}\n", name, kName, cut(text, kWidth - kName - 2));
}

std::string who_asked(const ShutdownRecord& record) {
  const core::StopRequest& request = record.request;
  if (request.by_control) {
    std::string text = fmt::format("the control socket, pid {} (uid {})", request.sender_pid, request.sender_uid);
    if (!request.reason.empty()) text += fmt::format(": {}", request.reason);
    if (request.repeated > 0) text += fmt::format(", repeated {} times", request.repeated);
    return text + (request.escalated > 0 ? ", then ended early" : "");
  }
  if (request.signal == 0) {
    switch (record.cause) {
      case core::Cause::child_exited: return "nobody: the child ended by itself";
      case core::Cause::child_not_ready: return "nobody: the child was never ready";
      case core::Cause::workers_failed: return "nobody: the workers kept crashing";
      default: return "unknown";
    }
  }
  std::string text = os::signal_name(request.signal);
  if (request.from_terminal)
    text += " from the terminal";
  else if (request.sender_pid != 0)
    text += fmt::format(" from pid {} (uid {})", request.sender_pid, request.sender_uid);
  if (request.repeated > 0) text += fmt::format(", repeated {} times: no effect", request.repeated);
  if (request.escalated > 0) text += request.escalated == 1 ? ", then ended early by Ctrl-C" : ", then killed by Ctrl-C";
  return text;
}

std::string child_end(const ShutdownRecord& record) {
  const core::ChildRecord& child = record.child;
  if (!child.started) return "never started";
  std::string text;
  if (!child.end)
    text = "still there: not even SIGKILL ended it";
  else if (child.killed && child.end->by_signal)
    text = "killed";
  else if (child.end->by_signal)
    text = "ended by " + os::signal_name(child.end->value);
  else
    text = fmt::format("ended with code {}", child.end->value);
  if (child.stop_signal && child.signalled && child.exited)
    text += fmt::format(", {} after {}", people_duration(*child.exited - *child.signalled), os::signal_name(*child.stop_signal));
  if (child.killed && !(child.end && child.end->by_signal)) text += ", SIGKILL was needed";
  if (child.descendants_signalled > 0) text += fmt::format(", left {} behind", counted(child.descendants_signalled, "descendant"));
  return text;
}

std::string headline(const ShutdownRecord& record, const Paint& paint) {
  const std::uint64_t lost = dropped(record);
  std::string line = "lastcall: stopped in " + people_duration(total(record));
  if (record.proxied) {
    const std::string count = fmt::format("{} dropped", lost);
    line += ", " + (lost == 0 ? paint.good(count) : paint.bad(count));
  }
  if (record.exit) {
    const std::string code = fmt::format("exit code {}", record.exit->code);
    line += ", " + (record.exit->code == 0 ? paint.good(code) : paint.bad(code));
  }
  return line + "\n";
}

std::string traffic_line(std::string_view name, std::uint64_t at_t0, std::uint64_t ended, std::uint64_t lost, const Paint& paint) {
  const std::string last = fmt::format("{:>10}", lost);
  return fmt::format("  {:<17}{:>10}{:>12}{}\n", name, at_t0, ended, lost == 0 ? last : paint.bad(last));
}

std::string traffic(const ShutdownRecord& record, const Paint& paint) {
  const core::CounterTotals& totals = record.totals;
  std::string text = paint.dim(fmt::format("  {:<17}{:>10}{:>12}{:>10}", "", "at T0", "finished", "dropped")) + "\n";
  text += traffic_line("requests", totals.finite_at_t0, totals.finished, totals.dropped_finite, paint);
  text += traffic_line("streams, tunnels", totals.streams_at_t0, totals.streams_ended, totals.dropped_streams, paint);
  text += traffic_line("idle connections", totals.idle_at_t0, totals.idle_closed, 0, paint);

  const auto note = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format("  {} {}\n", count, what);
  };
  note(totals.ws_1001, "WebSockets told to go with Close 1001");
  note(totals.refused_503, "late requests answered 503");
  note(totals.swept, "connections taken from the queue before the listener closed");
  if (totals.lost_in_worker > 0) text += "  " + paint.bad(fmt::format("{} lost with a crashed worker", totals.lost_in_worker)) + "\n";
  if (totals.aborted_by_child > 0)
    text += "  " + paint.bad(fmt::format("{} cut short by the child, which ended before its answer", totals.aborted_by_child)) + "\n";
  note(totals.aborted_by_client, "given up by their clients");
  note(totals.resets_sent, "connections reset");
  return text;
}

// A phase that began before T0 counts from there: `serving` is no part of the stop, a drain by hand is only where it overlaps.
bool belongs_to_stop(const ShutdownRecord& record, const core::PhaseRecord& phase) {
  return phase.end > *record.t0 && phase.phase != core::Phase::exiting &&
         (phase.begin >= *record.t0 || phase.phase == core::Phase::lame_duck);
}

Duration used(const ShutdownRecord& record, const core::PhaseRecord& phase) {
  const TimePoint end = std::min(phase.end, record.ended.value_or(phase.begin));
  return std::max(end - std::max(phase.begin, *record.t0), Duration::zero());
}

// A phase that was passed through at once may bear no deadline though the stop had one.
std::string plan(const ShutdownRecord& record, const core::PhaseRecord& phase) {
  if (phase.deadline != kNever) return people_duration(phase.deadline - std::max(phase.begin, *record.t0));
  return record.deadlines.exit == kNever ? people_duration(kInfinite) : "-";
}

std::string phases(const ShutdownRecord& record, const Paint& paint) {
  std::string text = paint.dim(fmt::format("  {:<17}{:>10}{:>12}{:>10}", "phase", "planned", "used", "ended by")) + "\n";
  for (std::size_t i = 0; i < record.phases.size(); ++i) {
    const core::PhaseRecord& phase = record.phases[i];
    if (!belongs_to_stop(record, phase)) continue;
    const std::string planned = plan(record, phase);
    const std::string why = i + 1 < record.phases.size() ? record.phases[i + 1].why : "";
    text += fmt::format("  {:<17}{:>10}{:>12}  {}\n", core::to_string(phase.phase), planned, people_duration(used(record, phase)), why);
  }
  return text;
}

}  // namespace

std::string render_report(const ShutdownRecord& record, bool color) {
  if (!record.t0) return "";
  const Paint paint{color};
  std::string text = headline(record, paint);
  text += row("asked by", who_asked(record));
  text += row("child", child_end(record));
  if (record.exit) text += row("exit", fmt::format("{}: {}", record.exit->code, record.exit->reason));
  if (record.worker_restarts > 0) text += row("workers", fmt::format("{} replaced", record.worker_restarts));
  if (record.proxied) text += "\n" + traffic(record, paint);
  return text + "\n" + phases(record, paint);
}

void log_report(const ShutdownRecord& record) {
  if (!record.t0) return;
  const core::CounterTotals& totals = record.totals;
  auto line = log_info("report");
  line("in_flight_at_t0", totals.finite_at_t0)("streams_at_t0", totals.streams_at_t0)("idle_at_t0", totals.idle_at_t0);
  line("finished", totals.finished)("dropped_finite", totals.dropped_finite)("dropped_streams", totals.dropped_streams);
  line("idle_closed", totals.idle_closed)("streams_ended", totals.streams_ended)("ws_1001", totals.ws_1001)("refused_503", totals.refused_503);
  line("lost_in_worker", totals.lost_in_worker)("aborted_by_child", totals.aborted_by_child);
  line("aborted_by_client", totals.aborted_by_client)("resets_sent", totals.resets_sent)("swept", totals.swept);
  if (record.child.end) line(record.child.end->by_signal ? "child_signal" : "child_code", record.child.end->value);
  line("child_killed", record.child.killed);
  if (record.exit) line("exit_code", record.exit->code)("reason", record.exit->reason);
  line("total_ms", to_ms(total(record)));
  for (const core::PhaseRecord& phase : record.phases)
    if (belongs_to_stop(record, phase)) line(fmt::format("phase_{}_ms", core::to_string(phase.phase)), to_ms(used(record, phase)));
}

}  // namespace lastcall::control
