// All worker processes: starts them, tells them what the service decides, merges what they say, replaces the dead ones and gives up on
// those that hang (docs/design.md 1.1). Remembers the newest upstreams and phase, because a new worker hears them first. It decides no
// phase: its owner asks the ledger. Owned by the service; supervisor process only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/log.h"
#include "core/respawn_policy.h"
#include "core/shutdown_record.h"
#include "core/worker_ledger.h"
#include "io/callback_timer.h"
#include "supervisor/log_switch.h"
#include "supervisor/connection_query.h"
#include "supervisor/worker_process.h"

namespace lastcall::supervisor {

class WorkerProcesses final : private WorkerProcess::Owner {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_workers_changed() = 0;  // the ledger or the counters say something new
    virtual void on_workers_failed() = 0;   // replacing them helps nobody
    virtual void on_upstream_failed(core::InstanceId instance, int error) = 0;  // a ready copy takes no connection
  };
  WorkerProcesses(io::Loop& loop, ProcessTable& processes, WorkerPlan plan, Owner& owner);
  ~WorkerProcesses() override;

  Status start();  // the first one

  struct Upstream {
    core::InstanceId instance;
    std::uint32_t number;  // what people call it
    const Address& address;
    proto::InstanceState state;
  };
  void set_upstreams(std::span<const Upstream> upstreams);  // whole: who is not among them is gone
  void set_phase(core::Phase phase, const std::optional<core::Deadlines>& deadlines);
  void stop_accepting();  // from now on no replacement either, but for one that dies before it has closed its listeners
  void end_streams(TimePoint deadline);
  void drop_finite();
  void seal(core::InstanceId instance);                   // also of workers that start later
  void seal_all(std::span<const core::InstanceId> instances);  // the service ends: these are all there are
  void forget(core::InstanceId instance);
  void finish(TimePoint deadline);
  void set_log_level(LogLevel level);
  void kill_unsealed();  // not those that have yet to say hello
  void kill_all();  // their requests count as dropped from this moment
  bool hand_over(std::uint32_t listener, UniqueFd connection);  // to a living worker; false: there is none

  const core::WorkerLedger& ledger() const { return ledger_; }
  void list_connections(ConnectionQuery::Answer answer);  // at once or within half a second
  // From now on all of them write there; who starts later does, too. Answers at once or within a second: false where one did not answer.
  void reopen_access_log(UniqueFd file, LogSwitch::Answer answer);
  int access_log() const { return plan_.access_log.get(); }  // -1: none
  void reopen_own_log(int file, LogSwitch::Answer answer);
  proto::CounterSums counters() const;  // of the living and the dead
  core::CounterTotals totals() const;
  std::uint64_t swept() const { return swept_; }      // by the workers' own last sweeps
  std::uint64_t restarts() const { return restarts_; }
  std::uint64_t dropped_by_kill() const { return dropped_by_kill_; }  // finite requests of workers that we killed at a deadline
  std::vector<int> pids() const;

 private:
  using Workers = std::map<core::WorkerId, std::unique_ptr<WorkerProcess>>;
  void on_worker_message(WorkerProcess& worker, const proto::ToSupervisor& message) override;
  void on_worker_gone(WorkerProcess& worker) override;
  void hear(core::WorkerId id, const proto::ToSupervisor& message);
  void introduce(WorkerProcess& worker);
  bool start_successor();
  void replace();
  void take_over_queues();
  void send_log(proto::message::ReopenLog::Which which, int file, LogSwitch::Answer answer);
  void give_up_on(WorkerProcess& worker, const char* why);
  void bury();
  bool busy() const;
  void watch_over();
  void ping_all();
  template <class Body>
  void send_all(const Body& body, bool state = false);

  io::Loop& loop_;
  ProcessTable& processes_;
  WorkerPlan plan_;
  Owner& owner_;
  core::WorkerLedger ledger_;
  core::RespawnPolicy respawn_;
  Workers workers_;
  Workers dead_;  // until the turn in which they ended is over
  core::WorkerId next_id_ = 1;
  proto::CounterSums ended_;  // of workers that are gone
  std::uint64_t swept_ = 0, restarts_ = 0, dropped_by_kill_ = 0;
  ConnectionQuery connections_;
  LogSwitch logs_;
  std::map<core::WorkerId, core::Census> census_;  // the last of each, for those that we have to kill
  std::uint64_t version_ = 0;
  std::optional<proto::message::Upstreams> upstreams_;
  std::optional<proto::message::PhaseChange> phase_;
  std::optional<proto::message::SetLogLevel> log_level_;  // other than the settings say
  bool replacing_ = true;
  bool ending_ = false;
  int take_overs_left_ = 3;  // what waits in a queue may be what kills whoever takes it
  io::CallbackTimer start_next_;
  io::CallbackTimer ping_;
  io::CallbackTimer bury_;
};

}  // namespace lastcall::supervisor
