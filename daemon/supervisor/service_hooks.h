// When which hooks are due in the life of the service, and what they are told: between the shutdown sequence, which gives the turns of a
// stop, and the runner, which runs them. Decides nothing about the stop itself. Owned by the service; supervisor process only.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/shutdown_sequence.h"
#include "supervisor/hook_runner.h"
#include "supervisor/instances.h"
#include "supervisor/jobs.h"
#include "supervisor/shutdown_recorder.h"

namespace lastcall::supervisor {

class ServiceHooks final : private HookRunner::Owner {
 public:
  struct Parts {
    const config::Settings& settings;
    core::ShutdownSequence& sequence;
    ShutdownRecorder& recorder;
    Instances& instances;
    os::SpawnRequest command;  // the child's, without command and variables
    std::function<void()> on_changed;
  };
  ServiceHooks(io::Loop& loop, ProcessTable& processes, Parts parts);

  HookRunner& runner() { return runner_; }
  void add_to(core::Facts& facts) const;
  void bury_orphans();  // a copy may have ended

  void on_ready(const Instance& which);
  void on_crash(const Instance& which);  // it ended unasked
  void on_end_begins();
  void on_transition(const core::Transition& transition);
  void run_drained();
  void run_cleanup();
  void run_exit(int exit_code);
  void cut();

 private:
  HookSituation hook_situation(core::HookEvent event, const core::HookOccasion& about) const override;
  os::SpawnRequest hook_command(std::optional<std::uint32_t> copy) const override;
  std::vector<Address> hook_targets(std::optional<std::uint32_t> copy) const override;
  void on_hook_ended(const core::HookRecord& record) override;
  void on_hooks_changed() override { parts_.on_changed(); }
  std::optional<core::CopyLife> copy_of(int pid) const override { return parts_.instances.copy_of(pid); }
  void on_hook_registered() override;
  TimePoint last() const;

  io::Loop& loop_;
  Parts parts_;
  std::optional<int> exit_code_;
  HookRunner runner_;
};

}  // namespace lastcall::supervisor
