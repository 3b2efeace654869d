// Keeps the record of a shutdown up to date and writes the log line of each step (G189): "stop_requested", "phase", "listener_closed",
// "child_signalled", "child_exited", "child_killed", "exit". From T0 on each carries t0_ms. It watches; it decides nothing. Owned by the
// service; supervisor process only.
#pragma once

#include "base/log.h"
#include "core/shutdown_record.h"
#include "core/shutdown_sequence.h"
#include "io/signals.h"
#include "os/exit_status.h"
#include "os/process_tree.h"

namespace lastcall::supervisor {

class ShutdownRecorder {
 public:
  ShutdownRecorder(TimePoint started, bool proxied);

  const core::ShutdownRecord& record() const { return record_; }
  void update(const core::LiveGauges& live, const core::CounterTotals& totals, std::uint64_t worker_restarts);

  void update_jobs(const core::JobLedger& ledger);
  void request_dropped(core::DroppedRequest dropped, TimePoint now);
  void job_lost(const core::JobLedger::Lost& lost, TimePoint now);

  void stop_requested(const io::SignalEvent& signal, TimePoint now);
  void stop_requested(const core::StopRequest& request, TimePoint now);  // by control
  void escalated() { ++record_.request.escalated; }
  void transition(const core::Transition& transition, const core::ShutdownSequence& sequence);

  void hook_ended(const core::HookRecord& hook, TimePoint now);
  void several_copies() { several_ = true; }  // from now on the lines say which one they are about
  LogLine& name(LogLine& line, std::uint32_t copy, int pid) const;  // says it in a line that is not the record's
  void child_started(std::uint32_t copy, int pid);
  void ready(const std::string& listen, const std::string& upstream, std::size_t copies, TimePoint now);
  void listener_closed(std::uint64_t swept, TimePoint now);
  void child_ready(std::uint32_t copy, int pid, bool again);
  void child_signalled(std::uint32_t copy, int signal, TimePoint now);
  void descendants_signalled(std::uint32_t copy, std::size_t count, TimePoint now);
  void child_killed(std::uint32_t copy, TimePoint now);
  void child_left(std::uint32_t copy);      // stopped alone, or ended and cleared away: the record goes on without it
  void not_killed(const std::vector<os::Process>& survivors, TimePoint now);
  void child_exited(std::uint32_t copy, const os::ExitStatus& status, TimePoint now);
  void ended(const core::ExitDecision& decision, TimePoint now);

 private:
  bool asked() const { return record_.request.signal != 0 || record_.request.by_control; }
  LogLine& stamp(LogLine& line, TimePoint now) const;
  core::ChildRecord& child(std::uint32_t copy);
  LogLine& name(LogLine& line, const core::ChildRecord& child) const;
  core::ShutdownRecord record_;
  bool several_ = false;
  std::uint64_t jobs_finished_before_t0_ = 0;
};

}  // namespace lastcall::supervisor
