// One copy of the child with all that belongs to it: its process, its place to listen, its health, the keeper that starts it again, the
// steps by which it is stopped, and how it leaves while others go on. Knows whether requests may go to it; knows nothing of workers and of
// the other copies. What concerns more than this copy goes up to its owner. Owned by Instances; supervisor process only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/exit_code.h"
#include "core/hook_plan.h"
#include "core/instance_retirement.h"
#include "core/stop_steps.h"
#include "core/worker_ledger.h"
#include "io/callback_timer.h"
#include "proto/channel_message.h"
#include "supervisor/child_endpoint.h"
#include "supervisor/child_health.h"
#include "supervisor/child_keeper.h"
#include "supervisor/child_process.h"
#include "supervisor/instance_facts.h"
#include "supervisor/instance_output.h"
#include "supervisor/instance_plan.h"
#include "supervisor/shutdown_recorder.h"

namespace lastcall::supervisor {

class Instance final : private ChildHealth::Owner, private ChildKeeper::Owner, private ChildProcess::Owner, private LineObserver {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_instance_changed(Instance& instance) = 0;  // something of it is gone, or came, or its time has come
    virtual void on_instance_held(Instance& instance) = 0;     // no new request to it until the next one is ready
    virtual void on_instance_ready(Instance& instance) = 0;
    virtual void on_instance_crashed(Instance& instance) = 0;  // it ended though nobody asked it to, and not well; more may follow
    virtual void on_instance_ended(Instance& instance) = 0;    // its main process, for good
    virtual void on_instance_never_ready(Instance& instance) = 0;  // the last attempt allowed
    virtual void on_more_time_wanted(Instance& instance, Duration from_now) = 0;  // it has its stop signal, and says that it works on
    virtual void on_seal_wanted(Instance& instance) = 0;
    virtual void on_instance_left(Instance& instance) = 0;  // nothing more follows; must not destroy it at once
    virtual bool other_copies_live(const Instance& instance) const = 0;
  };
  struct Name {
    std::uint32_t number = 0;   // what people and the copy itself see
    core::InstanceId id = 0;
  };
  Instance(io::Loop& loop, ProcessTable& processes, ShutdownRecorder& recorder, const InstancePlan& plan, Name name, ChildEndpoint endpoint,
           Owner& owner);

  std::optional<os::SpawnFailure> start();  // nothing on success
  void on_start_failed(const os::SpawnFailure& failure);  // beside others that run: it is tried again, as after any failure
  void await_ready();                       // the workers are there: ask it
  void stop_asking();                       // the service ends: whether it is ready interests nobody any more
  void update(const core::WorkerLedger& ledger);  // something of it may be gone, or the workers have said something
  void on_service_ending();

  void stop();         // its stop signals to the main process, one after the other
  Status report_ready() { return health_.report_ready(); }  // over the control socket
  void resume();       // after a stop together with us
  void kill();         // everything of it, because its time is over
  void kill_on_request();  // the same, because somebody wants it: another one may follow, and it has not crashed
  void signal_rest();  // main is gone: TERM and CONT for what it left behind (P71)
  void retire();       // leaves in order while others go on, for good
  void clear_up();     // it ended for good while others go on

  std::uint32_t number() const { return name_.number; }
  core::InstanceId id() const { return name_.id; }
  proto::InstanceState state() const;
  bool ended() const { return ended_; }         // no main process runs, and none will
  std::uint64_t restarts() const { return restarts_; }  // until now
  core::CopyLife life() const { return {.copy = name_.id, .life = restarts_}; }
  bool retired() const { return retired_; }     // it leaves or has left because somebody wanted it, not because the service ends
  bool left() const { return left_; }
  bool was_ready() const { return was_ready_; }  // before its last time
  bool rest_signalled() const { return rest_signalled_; }
  std::optional<core::FinalEnd> final_end() const;
  const ChildProcess& process() const { return process_; }
  ChildProcess& process() { return process_; }
  const ChildEndpoint& endpoint() const { return endpoint_; }
  InstanceFacts facts() const;

 private:
  std::optional<os::SpawnFailure> open_output();
  void note_start();
  void become_ready();
  void kill_all();
  void take_stop_steps();
  void end_stop_steps();
  void take_retire_actions();
  void carry_out(core::RetireAction action);
  void hint_at_port();

  LogLine& name(LogLine& line) const override { return recorder_.name(line, name_.number, process_.pid()); }
  void before_probe() override { endpoint_.open_to_worker(); }
  void on_healthy() override { become_ready(); }
  void on_never_ready(const std::string& last_answer) override;
  void on_not_alive(const ChildHealth::NotAlive& how) override;
  void on_status() override { owner_.on_instance_changed(*this); }
  void on_more_time_wanted(Duration from_now) override;
  void on_output_line(OutputStream, std::string_view line) override { health_.on_output_line(line); }
  void on_child_held() override;
  void on_child_started() override;
  void on_child_ended(std::optional<int> exec_failure) override;
  void on_child_never_ready() override { owner_.on_instance_never_ready(*this); }
  void on_main_exited() override;
  void on_nothing_left() override;
  bool other_copies_live() const override { return owner_.other_copies_live(*this); }

  io::Loop& loop_;
  ShutdownRecorder& recorder_;
  const Name name_;
  const Duration ready_timeout_;
  const bool proxied_;
  const Duration port_hint_after_;
  Owner& owner_;
  std::optional<TimePoint> started_;
  std::uint64_t restarts_ = 0;
  bool ready_ = false, was_ready_ = false, ended_ = false, retired_ = false, left_ = false, rest_signalled_ = false, not_alive_ = false;
  bool failed_ = false;           // it has to be ended because it is not ready or not alive
  bool kill_requested_ = false;   // somebody wanted this one's end
  std::optional<core::ChildEnd> end_;
  ChildEndpoint endpoint_;
  OutputRelay* relay_;
  InstanceOutput::Who who_;
  std::unique_ptr<InstanceOutput> output_;  // from start() on, where there is a relay
  ChildHealth health_;
  ChildProcess process_;
  ChildKeeper keeper_;
  core::StopSteps stop_steps_;
  core::InstanceRetirement retirement_;
  io::CallbackTimer next_step_;
  io::CallbackTimer retirement_timer_;
  io::CallbackTimer port_hint_;
  std::string port_hint_said_;  // of this start
};

}  // namespace lastcall::supervisor
