#include "control/drain_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "base/people_text.h"
#include "control/report_rows.h"
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

// Over several lines where one is too short: what is cut off is what somebody looks for. Within a word only where it is longer than a line.
std::string row(std::string_view name, const std::string& text, std::size_t lines_at_most = 2) {
  constexpr std::size_t kName = 17, kRoom = kWidth - kName - 2, kDots = 3;
  std::string shown = plain_line(text, lines_at_most * kRoom);
  if (shown.size() < text.size()) shown = plain_line(shown, shown.size() - kDots) + "...";
  std::string lines;
  for (std::string_view left = shown; !left.empty();) {
    const std::size_t space = left.size() > kRoom ? left.rfind(' ', kRoom) : left.npos;
    const std::size_t end = space != left.npos && space > 0 ? space : plain_line(left, kRoom).size();
    lines += fmt::format("{:{}}{}\n", "", lines.empty() ? 0 : kName + 2, left.substr(0, end));
    left.remove_prefix(end);
    if (left.starts_with(' ')) left.remove_prefix(1);
  }
  return fmt::format("  {:<{}}{}", name, kName, lines.empty() ? "\n" : lines);
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

// One that was to be followed by another when the stop came.
bool ended_before(const core::ChildRecord& child, const ShutdownRecord& record) {
  return child.exited && *child.exited < *record.t0 && record.cause != core::Cause::child_exited;
}

std::string child_end(const core::ChildRecord& child, const ShutdownRecord& record) {
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
  if (ended_before(child, record))
    text += fmt::format(", {} before the stop", people_duration(*record.t0 - *child.exited));
  else if (child.stop_signal && child.signalled && child.exited)
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
  constexpr std::size_t kNamed = 5;  // the JSON report has up to a hundred
  for (std::size_t i = 0; i < std::min(kNamed, record.dropped_requests.size()); ++i) {
    const core::DroppedRequest& each = record.dropped_requests[i];
    text += "  " + paint.bad(fmt::format("dropped: {} of {}, after {}", each.request.empty() ? "a session" : each.request, each.peer,
                                         people_duration(each.age))) + "\n";
  }
  return text;
}

std::string jobs_line(const core::JobsRecord& jobs) {
  std::string text = fmt::format("{} at T0, {} finished", jobs.at_t0, jobs.finished);
  if (jobs.stuck > 0) text += fmt::format(", {} stuck", jobs.stuck);
  if (jobs.dropped > 0) text += fmt::format(", {} dropped", jobs.dropped);
  return text;
}

// By name, as the dropped requests: who looks after a stop wants to know which.
std::string lost_jobs(const core::JobsRecord& jobs, const Paint& paint) {
  constexpr std::size_t kNamed = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, jobs.names.size()); ++i) {
    const core::JobLedger::Lost& each = jobs.names[i];
    const bool stuck = each.fate == core::JobLedger::Fate::stuck;
    std::string line = fmt::format("{}: {}", stuck ? "stuck" : "dropped", each.job.id);
    if (!each.job.owner.empty()) line += " of " + each.job.owner;
    if (stuck) line += ", longer than its " + people_duration(each.job.timeout);
    text += "  " + paint.bad(plain_line(line, kWidth - 2)) + "\n";
  }
  if (jobs.names.size() > kNamed) text += fmt::format("  and {} more\n", jobs.lost() - kNamed);
  return text;
}

// Those of the stop; of many, first those that did not do what they should.
std::string hook_rows(const ShutdownRecord& record, const Paint& paint) {
  constexpr std::size_t kShown = 10;
  std::vector<const core::HookRecord*> runs;
  for (const core::HookRecord& run : record.hooks.runs)
    if (run.on != core::HookEvent::started) runs.push_back(&run);
  if (runs.size() > kShown) std::stable_partition(runs.begin(), runs.end(), [](const auto* run) { return run->end.kind != core::HookEnd::Kind::done; });
  std::string text;
  for (std::size_t i = 0; i < std::min(runs.size(), kShown); ++i) {
    const core::HookRecord& run = *runs[i];
    const bool done = run.end.kind == core::HookEnd::Kind::done;
    const bool one_of_many = run.about.copy && record.children.size() > 1;
    const std::string name = run.name + (one_of_many ? fmt::format(" for copy {}", *run.about.copy) : "");
    std::string line = fmt::format("{} in {}", name, people_duration(run.took));
    if (run.end.kind == core::HookEnd::Kind::skipped) line = name + " was not run";
    if (!done) line += ": " + run.end.why;
    if (run.end.flushed + run.end.dropped > 0) line += fmt::format(", {} flushed, {} dropped", run.end.flushed, run.end.dropped);
    std::string whole = row(core::to_string(run.on), line, 1);
    text += done ? whole : paint.bad(whole.substr(0, whole.size() - 1)) + "\n";
  }
  if (runs.size() > kShown) text += fmt::format("  and {} more\n", runs.size() - kShown);
  if (text.empty()) return "";
  return paint.dim(fmt::format("  {:<17}{}", "hook at", "what became of it")) + "\n" + text;
}

// Where there is no proxy the sequence passes through these all the same, in no time, and the reports for machines say so.
bool is_the_proxys(core::Phase phase) { return phase == core::Phase::ending_streams || phase == core::Phase::sealing; }

std::string phases(const ShutdownRecord& record, const Paint& paint) {
  std::string text = paint.dim(fmt::format("  {:<17}{:>10}{:>12}{:>10}", "phase", "planned", "used", "ended by")) + "\n";
  for (const PhaseRow& phase : phase_rows(record)) {
    if (!record.proxied && is_the_proxys(phase.phase)) continue;
    const std::string planned = phase.planned ? people_duration(*phase.planned) : "-";
    text += fmt::format("  {:<17}{:>10}{:>12}  {}\n", core::to_string(phase.phase), planned, people_duration(phase.used), phase.ended_by);
  }
  return text;
}

}  // namespace

std::string render_report(const ShutdownRecord& record, bool color) {
  if (!record.t0) return "";
  const Paint paint{color};
  std::string text = headline(record, paint);
  text += row("asked by", who_asked(record), 4);
  for (const core::ChildRecord& child : record.children)
    text += row(record.children.size() == 1 ? "child" : fmt::format("child {}", child.number), child_end(child, record), record.children.size() > 4 ? 1 : 2);
  if (record.exit) text += row("exit", fmt::format("{}: {}", record.exit->code, record.exit->reason));
  if (record.worker_restarts > 0) text += row("workers", fmt::format("{} replaced", record.worker_restarts));
  if (record.jobs.at_t0 > 0) text += row("jobs", jobs_line(record.jobs)) + lost_jobs(record.jobs, paint);
  if (record.hooks.flushed + record.hooks.dropped > 0)
    text += row("buffers", fmt::format("{} flushed, {} dropped", record.hooks.flushed, record.hooks.dropped));
  if (record.proxied) text += "\n" + traffic(record, paint);
  if (const std::string hooks = hook_rows(record, paint); !hooks.empty()) text += "\n" + hooks;
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
  if (record.jobs.at_t0 > 0) line("jobs_at_t0", record.jobs.at_t0)("jobs_finished", record.jobs.finished)(
      "jobs_stuck", record.jobs.stuck)("jobs_dropped", record.jobs.dropped);
  if (!record.hooks.runs.empty()) line("buffers_flushed", record.hooks.flushed)("buffers_dropped", record.hooks.dropped);
  const ChildCounts children = count_children(record);
  const core::ChildRecord& worst = worst_child(record);
  if (children.started > 1) line("children", children.started)("children_ended", children.ended)("children_killed", children.killed)("instance", worst.number);
  if (worst.end) line(worst.end->by_signal ? "child_signal" : "child_code", worst.end->value);
  line("child_killed", children.killed > 0);
  if (record.exit) line("exit_code", record.exit->code)("reason", record.exit->reason);
  line("total_ms", to_ms(total(record)));
  for (const PhaseRow& phase : phase_rows(record)) line(fmt::format("phase_{}_ms", core::to_string(phase.phase)), to_ms(phase.used));
}

}  // namespace lastcall::control
