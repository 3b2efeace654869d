// The conductor of the process plane: feeds signals, deaths, readiness and the workers' words into core::ShutdownSequence and carries out
// what it answers. Events enter in one function and actions leave in one function; the sequence alone decides. Owns the copies of the
// child, the workers and the record; borrows the listeners. Composed and observed by the app. Supervisor process only; touches no client's bytes.
#pragma once

#include <memory>
#include <optional>

#include "config/settings.h"
#include "core/shutdown_sequence.h"
#include "supervisor/log_files.h"
#include "supervisor/instances.h"
#include "supervisor/jobs.h"
#include "supervisor/listeners.h"
#include "supervisor/process_table.h"
#include "supervisor/output_relay.h"
#include "supervisor/service_hooks.h"
#include "supervisor/shutdown_recorder.h"
#include "supervisor/signal_intake.h"
#include "supervisor/worker_processes.h"

namespace lastcall::supervisor {

struct ServiceSetup {
  const config::Settings& settings;
  const os::InheritedState& inherited;
  core::GraceBudget budget;
  Listeners& listeners;
  ChildEndpoints endpoints;
  os::SpawnRequest child;           // all but the command and the variables, which the endpoint knows
  std::vector<UniqueFd> passed_on;  // what our own parent left open: the child's, so closed here once it runs
  WorkerPlan workers;
  OutputOptions output = {};  // of the child's lines, where they go through us
  TimePoint started;  // of the process
};

class ServiceObserver {
 public:
  virtual ~ServiceObserver() = default;
  virtual void on_record_changed() = 0;  // a stop runs, and there is something new to show
  virtual void on_state_changed() {}     // anything may be new
  virtual void on_window_resized() = 0;
  virtual void on_suspending() {}        // Ctrl-Z: right before we stand still
  virtual void on_resumed() {}           // `fg` or `bg`, also after a SIGSTOP that nobody could see coming
};

class Service final : private WorkerProcesses::Owner, private Instances::Owner, private SignalIntake::Owner, private io::Deferred {
 public:
  Service(io::Loop& loop, ServiceSetup setup, ServiceObserver& observer);

  int run();                             // the exit status
  const core::ShutdownRecord& record();  // brought up to date
  Jobs& jobs() { return jobs_; }
  HookRunner& hooks() { return hooks_.runner(); }

  // For the people's plane: each act as its signal or its moment would have it.
  core::Phase phase() const { return sequence_.phase(); }
  bool ending() const { return sequence_.ending(); }
  std::vector<InstanceFacts> instances() const { return instances_.facts(); }
  proto::CounterSums counters() const { return workers_.counters(); }
  void request_stop(const core::StopRequest& request, std::optional<int> exit_code);
  void escalate() { on_escalation(); }
  void drain() { on_event(core::Event::drain_requested); }
  void undrain() { on_event(core::Event::undrain_requested); }
  void list_connections(ConnectionQuery::Answer answer) { workers_.list_connections(std::move(answer)); }
  void reopen_logs(LogFiles::Answer answer) { logs_.reopen(std::move(answer)); }
  void set_log_level(LogLevel level) { workers_.set_log_level(level); }  // of the workers
  // While it serves; the error says what is in the way, for people. Numbers as in INSTANCE.
  Status scale(std::uint32_t copies) { return instances_.scale(copies); }
  Status stop_instance(std::uint32_t number) { return instances_.stop_one(number); }
  Status kill_instance(std::uint32_t number) { return instances_.kill_one(number); }
  Status report_ready(std::uint32_t number) { return instances_.report_ready(number); }  // POST /v1/ready

 private:
  void launch();
  bool launch_proxy();
  void fail_to_start(core::ExitDecision decision);
  void on_event(core::Event event);
  void update();
  void take_actions();
  void carry_out(core::Action action);
  void name_the_dropped();
  core::Facts facts() const;
  void refresh_record();
  void close_listeners_when_workers_did();
  void close_listeners();
  void let_workers_finish();
  void announce_ready();
  void take_last_lines();
  const core::ExitDecision& decide();
  void conclude();
  void leave_when_alone();
  void after_deaths();

  void on_deferred() override;

  void on_workers_changed() override { update(); }
  void on_workers_failed() override;
  void on_upstream_failed(core::InstanceId instance, int error) override { instances_.tell_of_failure(instance, error); }

  void on_instances_changed() override { update(); }
  void on_child_ready(const Instance& which) override;
  void on_child_crashed(const Instance& which) override;
  void on_copy_ended() override { on_event(core::Event::copy_exited); }
  void on_child_ended() override { on_event(core::Event::main_exited); }
  void on_child_never_ready() override { on_event(core::Event::child_not_ready); }

  void on_more_time_wanted(Duration from_now) override;

  bool service_ends() const override { return sequence_.ending(); }
  void on_stop_signal(const io::SignalEvent& signal) override;
  void on_reopen() override;
  void on_hurry() override;
  void on_escalation() override;
  void on_signal_for_child(int signal, std::optional<std::uint64_t> payload) override { instances_.forward(signal, payload); }
  void on_window_resized() override { observer_.on_window_resized(); }
  void on_suspending() override { observer_.on_suspending(); }
  void on_resumed() override { observer_.on_resumed(); }
  void on_processes_ended() override { processes_.reap(); }

  io::Loop& loop_;
  const config::Settings& settings_;
  std::vector<UniqueFd> passed_on_;
  ServiceObserver& observer_;
  Listeners& listeners_;
  core::ShutdownSequence sequence_;
  ShutdownRecorder recorder_;
  Jobs jobs_;
  ProcessTable processes_;
  std::unique_ptr<OutputRelay> output_;  // none where the child has our own descriptors
  WorkerProcesses workers_;
  LogFiles logs_;
  Instances instances_;
  ServiceHooks hooks_;
  SignalIntake signals_;
  io::CallbackTimer deadline_;
  io::CallbackTimer last_lines_;  // the longest that a reader of the child's lines is waited for
  io::CallbackTimer leave_;  // the longest that we wait for killed workers at the very end
  std::optional<core::ExitDecision> decision_;
  std::optional<int> exit_code_;
  std::optional<int> wanted_code_;  // POST /v1/shutdown: the first that names one
  enum class Start : std::uint8_t { asked, kernel_heard } start_ = Start::asked;
  bool stop_accepting_ = false;
  bool finish_asked_ = false;
  bool updating_ = false;
  bool update_again_ = false;
};

}  // namespace lastcall::supervisor
