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
  void job_lost(const core::JobLedger::Lost& lost, TimePoint now);

  void stop_requested(const io::SignalEvent& signal, TimePoint now);
  void stop_requested(const core::StopRequest& request, TimePoint now);  // by control
  void escalated() { ++record_.request.escalated; }
  void transition(const core::Transition& transition, const core::ShutdownSequence& sequence);

  void hook_ended(const core::HookRecord& hook, TimePoint now);
  void child_started(int pid);
  void ready(const std::string& listen, const std::string& upstream, TimePoint now);
  void listener_closed(std::uint64_t swept, TimePoint now);
  void child_signalled(int signal, TimePoint now);
  void descendants_signalled(std::size_t count, TimePoint now);
  void child_killed(TimePoint now);
  void child_replaced();  // another one follows: the end of the last says nothing about the service
  void not_killed(const std::vector<os::Process>& survivors, TimePoint now);
  void child_exited(const os::ExitStatus& status, TimePoint now);
  void ended(const core::ExitDecision& decision, TimePoint now);

 private:
  bool asked() const { return record_.request.signal != 0 || record_.request.by_control; }
  LogLine& stamp(LogLine& line, TimePoint now) const;
  core::ShutdownRecord record_;
  std::uint64_t jobs_finished_before_t0_ = 0;
};

}  // namespace lastcall::supervisor
