// Drives the real ShutdownSequence, WorkerLedger and RespawnPolicy as the supervisor does: hears late, tells late, carries out actions.
// `Flaw` makes it break one rule on purpose, to prove that the checker sees it. Owned by one Simulation; test only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/respawn_policy.h"
#include "core/instance_retirement.h"
#include "fake_child.h"
#include "fake_hooks.h"
#include "fake_worker.h"

namespace lastcall::sim {

enum class Flaw {
  none,
  ignores_seal,            // gives the stop signal without waiting for the seals
  ignores_hooks,           // gives the stop signal without waiting for the drained hooks
  cleans_up_early,         // takes it that the child is gone once its main process is
  leaves_hooks,            // does not cut those that hang
  ignores_census,          // takes it that nothing is in flight
  believes_old_zeros,      // a copy that leaves: takes a count from before its seal
  closes_first,            // closes the listeners before the workers
  replaces_after_close,    // starts a worker after stop_accepting
  kills_early,             // its clock for T_kill is fast
  sleeps_through_deadline, // its timer is a second late
  signals_after_reap,      // forgets that main was reaped
};

class FakeSupervisor {
 public:
  FakeSupervisor(VirtualClock& clock, Dice& dice, const Plan& plan, const core::GraceBudget& budget, Checker& checker, Flaw flaw);

  void start();
  void event(core::Event event);
  void arrive();        // a client connects
  void late_request();
  void a_copy_leaves();
  void a_worker_dies();
  void a_worker_hangs();
  std::optional<core::Transition> next_transition() { return sequence_.next_transition(); }
  bool exited() const { return exited_; }
  core::Phase phase() const { return sequence_.phase(); }

 private:
  struct Copy {
    core::InstanceId id = 0;
    Plan plan;  // of its child
    std::unique_ptr<FakeChild> child;  // the last one
    core::InstanceRetirement retirement{{}};
    std::optional<TimePoint> drain_until;
    TimePoint kill_at = kNever, alarm = kNever;
    bool ready = false, ended = false, gone = false, leaves = false, signalled = false;
  };
  void start_copy(Copy& copy);
  void on_copy_ended(Copy& copy);
  void lead_away(Copy& copy);
  void carry_out(Copy& copy, core::RetireAction action);
  void stop(Copy& copy);
  bool sealed_by_all(core::InstanceId copy) const;
  bool all_ended() const;
  core::InstanceRetirement::Facts facts_of(const Copy& copy) const;
  void tell_upstreams();
  std::vector<core::InstanceId> ready() const;
  FakeWorker* any_worker();  // a random one; null if it is dead
  void start_worker();
  void worker_died(core::WorkerId id);
  void hear(core::WorkerId id, const Message& message);
  void tell_facts();
  void call(const std::function<void()>& into_sequence);
  void arm();
  void carry_out(core::Action action);
  void announce();
  void tell_all(Message message);
  void kill(FakeWorker& worker);
  void close_listeners_if_ready();
  Truth truth() const;

  VirtualClock& clock_;
  Dice& dice_;
  const Plan& plan_;
  Checker& checker_;
  Flaw flaw_;
  core::ShutdownSequence sequence_;
  core::WorkerLedger ledger_;
  core::RespawnPolicy respawn_;
  core::InstanceRetirement::Limits limits_;
  std::vector<std::unique_ptr<FakeChild>> old_children_;  // something of them may still be under way
  std::map<core::WorkerId, core::Census> counted_;
  std::vector<std::unique_ptr<Copy>> copies_;
  FakeHooks hooks_;
  FakeWorker::World world_;
  std::vector<std::unique_ptr<FakeWorker>> workers_;  // the dead too
  core::Facts base_;
  int backlog_ = 0;
  std::uint64_t version_ = 0;
  std::uint64_t alarm_ = 0;
  bool replacing_ = true, ending_ = false, stopping_accept_ = false, exited_ = false;
};

}  // namespace lastcall::sim
