// The conductor of the process plane: feeds signals, deaths, readiness and the workers' words into core::ShutdownSequence and carries out
// what it answers. Events enter in one function and actions leave in one function; the sequence alone decides. Owns the child, the workers,
// the probe and the record; borrows the listeners. Composed and observed by the app. Supervisor process only; touches no client's bytes.
#pragma once

#include <memory>
#include <optional>

#include "config/settings.h"
#include "core/shutdown_sequence.h"
#include "core/stop_steps.h"
#include "io/signals.h"
#include "supervisor/child_endpoint.h"
#include "supervisor/child_keeper.h"
#include "supervisor/child_process.h"
#include "supervisor/job_control.h"
#include "supervisor/listeners.h"
#include "supervisor/readiness_probe.h"
#include "supervisor/shutdown_recorder.h"
#include "supervisor/signal_policy.h"
#include "supervisor/worker_processes.h"

namespace lastcall::supervisor {

struct ServiceSetup {
  const config::Settings& settings;
  const os::InheritedState& inherited;
  core::GraceBudget budget;
  Listeners& listeners;
  ChildEndpoint endpoint;
  os::SpawnRequest child;           // all but the command and the variables, which the endpoint knows
  std::vector<UniqueFd> passed_on;  // what our own parent left open: the child's, so closed here once it runs
  WorkerPlan workers;
  TimePoint started;  // of the process
};

class ServiceObserver {
 public:
  virtual ~ServiceObserver() = default;
  virtual void on_record_changed() = 0;  // a stop runs, and there is something new to show
  virtual void on_window_resized() = 0;
};

class Service final : private WorkerProcesses::Owner, private ReadinessProbe::Owner, private ChildKeeper::Owner, private io::Deferred {
 public:
  Service(io::Loop& loop, ServiceSetup setup, ServiceObserver& observer);

  int run();                             // the exit status
  const core::ShutdownRecord& record();  // brought up to date

 private:
  void launch();
  void launch_proxy();
  void on_child_ready();
  void fail_to_start(core::ExitDecision decision);
  void on_event(core::Event event);
  void update();
  void take_actions();
  void carry_out(core::Action action);
  core::Facts facts() const;
  void refresh_record();
  void close_listeners_when_workers_did();
  void close_listeners();
  void let_workers_finish();
  void take_stop_steps();
  void kill_child();
  void announce_ready();
  void conclude();
  void leave_when_alone();

  void on_signal(const io::SignalEvent& signal);
  void on_child_signal(const io::SignalEvent& signal);
  void reap();
  void hint_at_port();

  void on_deferred() override;
  void on_workers_changed() override { update(); }
  void on_workers_failed() override;
  void before_probe() override { endpoint_.open_to_worker(); }
  void on_probe_ready() override;
  void on_probe_timeout(const std::string& last_answer) override;
  void on_child_held() override;
  void on_child_replaced() override { recorder_.child_replaced(); }
  void on_child_started() override;
  void on_child_ended(std::optional<int> exec_failure) override;
  void on_child_never_ready() override { on_event(core::Event::child_not_ready); }

  io::Loop& loop_;
  const config::Settings& settings_;
  std::vector<UniqueFd> passed_on_;
  ServiceObserver& observer_;
  Listeners& listeners_;
  core::ShutdownSequence sequence_;
  ShutdownRecorder recorder_;
  SignalPolicy policy_;
  ChildEndpoint endpoint_;
  ChildProcess child_;
  ChildKeeper keeper_;
  WorkerProcesses workers_;
  JobControl job_control_;
  ReadinessProbe probe_;  // never started with --no-proxy
  std::unique_ptr<io::Signals> signals_;
  core::StopSteps stop_steps_;
  io::CallbackTimer next_step_;
  io::CallbackTimer deadline_;
  io::CallbackTimer port_hint_;
  io::CallbackTimer leave_;  // the longest that we wait for killed workers at the very end
  std::optional<int> exit_code_;
  enum class Start : std::uint8_t { asked, kernel_heard, done } start_ = Start::asked;
  bool stop_accepting_ = false;
  bool finish_asked_ = false;
  bool updating_ = false;
  bool update_again_ = false;
};

}  // namespace lastcall::supervisor
