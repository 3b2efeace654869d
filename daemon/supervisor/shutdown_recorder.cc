#include "supervisor/shutdown_recorder.h"

#include <algorithm>

#include "os/clock.h"
#include "os/signal_name.h"

namespace lastcall::supervisor {

ShutdownRecorder::ShutdownRecorder(TimePoint started, bool proxied) {
  record_.started = started;
  record_.started_wall_ms = os::unix_time_ms();
  record_.proxied = proxied;
  record_.phases.push_back({.phase = core::Phase::starting, .begin = started, .end = kNever, .deadline = kNever, .why = {}});
}

LogLine& ShutdownRecorder::stamp(LogLine& line, TimePoint now) const {
  if (record_.t0) line("t0_ms", to_ms(now - *record_.t0));
  return line;
}

void ShutdownRecorder::update(const core::LiveGauges& live, const core::CounterTotals& totals, std::uint64_t worker_restarts) {
  record_.live = live;
  if (!record_.t0) record_.at_t0 = live;
  record_.totals = totals;
  record_.worker_restarts = worker_restarts;
}

void ShutdownRecorder::update_jobs(const core::JobLedger& ledger) {
  constexpr std::size_t kShown = 5;  // as many names as one line of a terminal holds
  core::JobsRecord& jobs = record_.jobs;
  jobs.running = ledger.running();
  jobs.oldest = ledger.list(kShown);
  if (!record_.t0) {
    jobs.at_t0 = jobs.running;
    jobs_finished_before_t0_ = ledger.finished();
  }
  jobs.finished = ledger.finished() - jobs_finished_before_t0_;
}

void ShutdownRecorder::request_dropped(core::DroppedRequest dropped, TimePoint now) {
  if (record_.dropped_requests.size() >= core::kDroppedRequestsNamed) return;
  LogLine made(LogLevel::warn, "request_dropped");
  stamp(made, now)("peer", dropped.peer)("request", dropped.request)("age_ms", to_ms(dropped.age));
  record_.dropped_requests.push_back(std::move(dropped));
}

// What was stuck while the service served is in the log, and no loss of this stop.
void ShutdownRecorder::job_lost(const core::JobLedger::Lost& lost, TimePoint now) {
  const bool stuck = lost.fate == core::JobLedger::Fate::stuck;
  LogLine made(LogLevel::warn, stuck ? "job_stuck" : "job_dropped");
  stamp(made, now)("id", lost.job.id)("owner", lost.job.owner)("age_ms", to_ms(now - lost.job.began))("timeout_ms", to_ms(lost.job.timeout));
  if (!record_.t0) return;
  ++(stuck ? record_.jobs.stuck : record_.jobs.dropped);
  if (record_.jobs.names.size() < core::kLostJobsNamed) record_.jobs.names.push_back(lost);
}

void ShutdownRecorder::stop_requested(const io::SignalEvent& signal, TimePoint now) {
  const bool first = !asked();
  if (first) {
    record_.request.signal = signal.number;
    record_.request.sender_pid = signal.sender_pid;
    record_.request.sender_uid = signal.sender_uid;
    record_.request.from_terminal = signal.from_terminal();
  } else {
    ++record_.request.repeated;
  }
  LogLine made(first ? LogLevel::info : LogLevel::debug, "stop_requested");
  stamp(made, now)("signal", os::signal_name(signal.number))("sender_pid", signal.sender_pid)("sender_uid", signal.sender_uid);
  if (signal.from_terminal()) made("from_terminal", true);
}

void ShutdownRecorder::stop_requested(const core::StopRequest& request, TimePoint now) {
  const bool first = !asked();
  if (first)
    record_.request = request;
  else
    ++record_.request.repeated;
  LogLine made(first ? LogLevel::info : LogLevel::debug, "stop_requested");
  stamp(made, now)("by", "control")("sender_pid", request.sender_pid)("sender_uid", request.sender_uid);
  if (!request.reason.empty()) made("reason", request.reason);
}

void ShutdownRecorder::transition(const core::Transition& transition, const core::ShutdownSequence& sequence) {
  if (transition.from == transition.to) return;
  const bool current = transition.to == sequence.phase();
  // Without hooks they are passed at once, and would only be two more lines in everybody's log.
  if (!current && (transition.to == core::Phase::emptying || transition.to == core::Phase::leaving)) return;
  if (!record_.t0 && sequence.deadlines()) {
    record_.t0 = sequence.deadlines()->t0;
    record_.t0_wall_ms = os::unix_time_ms();
    record_.deadlines = *sequence.deadlines();
  }
  record_.cause = sequence.cause();
  record_.phases.back().end = transition.at;
  // Drains by hand may be many in a year; the stop has but few phases, and none of its own is forgotten.
  if (!record_.t0 && record_.phases.size() >= core::kPhasesKept) record_.phases.erase(record_.phases.begin());
  record_.phases.push_back({.phase = transition.to,
                            .begin = transition.at,
                            .end = kNever,
                            .deadline = current ? sequence.deadline() : kNever,
                            .why = std::string(to_string(transition.event))});
  LogLine made(transition.to == core::Phase::serving ? LogLevel::debug : LogLevel::info, "phase");
  stamp(made, transition.at)("phase", to_string(transition.to))("why", to_string(transition.event));
  if (record_.proxied)
    made("finite", record_.live.finite)("streams", record_.live.streams)("idle", record_.live.idle);
}

void ShutdownRecorder::hook_ended(const core::HookRecord& hook, TimePoint now) {
  const bool done = hook.end.kind == core::HookEnd::Kind::done;
  LogLine made(done ? LogLevel::info : LogLevel::warn, "hook_ended");
  stamp(made, now)("on", to_string(hook.on))("name", hook.name)("end", to_string(hook.end.kind))("ms", to_ms(hook.took));
  if (!hook.about.forced.empty()) made("forced", hook.about.forced);
  if (hook.about.copy) made("instance", *hook.about.copy);
  if (!hook.end.why.empty()) made("why", hook.end.why);
  if (hook.end.flushed + hook.end.dropped > 0) made("flushed", hook.end.flushed)("dropped", hook.end.dropped);
  core::HooksRecord& hooks = record_.hooks;
  hooks.flushed += hook.end.flushed;
  hooks.dropped += hook.end.dropped;
  if (hooks.runs.size() == core::kHookRunsKept) hooks.runs.erase(hooks.runs.begin());
  hooks.runs.push_back(hook);
}

core::ChildRecord& ShutdownRecorder::child(std::uint32_t copy) {
  auto found = std::ranges::find(record_.children, copy, &core::ChildRecord::number);
  if (found != record_.children.end()) return *found;
  return record_.children.emplace_back(core::ChildRecord{.number = copy});
}

LogLine& ShutdownRecorder::name(LogLine& line, std::uint32_t copy, int pid) const {
  if (several_) line("instance", copy);
  return line("child_pid", pid);
}

LogLine& ShutdownRecorder::name(LogLine& line, const core::ChildRecord& child) const { return name(line, child.number, child.pid); }

void ShutdownRecorder::child_started(std::uint32_t copy, int pid) {
  core::ChildRecord& one = child(copy);
  one = {.number = copy, .started = true, .pid = pid};
  LogLine made(LogLevel::info, "child_started");
  name(made, one);
}

// Of the service: the first of several copies that is ready opens the doors for all.
void ShutdownRecorder::ready(const std::string& listen, const std::string& upstream, std::size_t copies, TimePoint now) {
  LogLine made(LogLevel::info, "ready");
  if (record_.proxied) made("listen", listen)("upstream", upstream);
  if (several_)
    made("instances", copies);
  else
    made("child_pid", record_.child().pid);
  made("ms", to_ms(now - record_.started));
}

void ShutdownRecorder::child_ready(std::uint32_t copy, int pid, bool again) {
  if (!several_ && !again) return;  // the service's line says it
  LogLine made(LogLevel::info, again ? "ready_again" : "instance_ready");
  name(made, {.number = copy, .pid = pid});
}

void ShutdownRecorder::listener_closed(std::uint64_t swept, TimePoint now) {
  LogLine made(LogLevel::info, "listener_closed");
  stamp(made, now)("swept", swept);
}

void ShutdownRecorder::child_signalled(std::uint32_t copy, int signal, TimePoint now) {
  core::ChildRecord& one = child(copy);
  one.stop_signal = signal;
  one.signalled = now;
  LogLine made(LogLevel::info, "child_signalled");
  name(stamp(made, now)("signal", os::signal_name(signal)), one);
}

void ShutdownRecorder::descendants_signalled(std::uint32_t copy, std::size_t count, TimePoint now) {
  child(copy).descendants_signalled += count;
  if (count == 0) return;
  LogLine made(LogLevel::info, "descendants_signalled");
  stamp(made, now)("signal", "SIGTERM")("count", count);
  if (several_) made("instance", copy);
}

void ShutdownRecorder::child_killed(std::uint32_t copy, TimePoint now) {
  core::ChildRecord& one = child(copy);
  one.killed = true;
  LogLine made(LogLevel::warn, "child_killed");
  name(stamp(made, now), one);
}

// D state (a disk or a network file system that does not answer) or a freezer: nothing that we could do, so we say what it is (P44).
void ShutdownRecorder::not_killed(const std::vector<os::Process>& survivors, TimePoint now) {
  for (const os::Process& process : survivors) {
    LogLine made(LogLevel::error, "could_not_kill");
    stamp(made, now)("pid", process.pid)("name", process.name)("state", std::string(1, process.state));
  }
}

void ShutdownRecorder::child_exited(std::uint32_t copy, const os::ExitStatus& status, TimePoint now) {
  core::ChildRecord& one = child(copy);
  one.end = core::ChildEnd{.by_signal = status.signaled, .value = status.value};
  one.exited = now;
  LogLine made(LogLevel::info, "child_exited");
  name(stamp(made, now), one);
  if (status.signaled)
    made("signal", os::signal_name(status.value))("core", status.core);
  else
    made("code", status.value);
}

void ShutdownRecorder::child_left(std::uint32_t copy) {
  if (record_.children.size() > 1) std::erase_if(record_.children, [&](const core::ChildRecord& one) { return one.number == copy; });
}

void ShutdownRecorder::ended(const core::ExitDecision& decision, TimePoint now) {
  record_.exit = decision;
  record_.ended = now;
  record_.phases.back().end = now;
  log_info("exit")("code", decision.code)("reason", decision.reason)("total_ms", record_.t0 ? to_ms(now - *record_.t0) : 0);
}

}  // namespace lastcall::supervisor
