// All copies of the child: starts, signals, stops and kills them together, or one of them alone while the others go on, adds and takes away
// copies at run time, and tells the workers where requests may go. What holds for all of them goes to the service; it decides nothing about
// the service's end, that is the shutdown sequence's. Owned by the service; supervisor process only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/hook_plan.h"
#include "supervisor/instance.h"
#include "supervisor/worker_processes.h"

namespace lastcall::supervisor {

class Instances final : private Instance::Owner {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_instances_changed() = 0;  // gone(), or what a copy waits for
    virtual void on_child_ready(const Instance& which) = 0;  // perhaps once more
    virtual void on_child_crashed(const Instance& which) = 0;  // a copy ended though nobody asked it to, and not well
    virtual void on_copy_ended() = 0;         // one of them, and without restarts the service shall end with it
    virtual void on_child_ended() = 0;        // the last one, for good
    virtual void on_child_never_ready() = 0;  // and no other one can save the service
    virtual void on_more_time_wanted(Duration from_now) = 0;  // by a copy that has its stop signal
  };
  Instances(io::Loop& loop, ProcessTable& processes, WorkerProcesses& workers, ShutdownRecorder& recorder, InstancePlan plan,
            ChildEndpoints endpoints, Owner& owner);
  ~Instances() override;

  std::optional<os::SpawnFailure> start();  // nothing on success
  void forget_inherited_descriptors();  // they were closed: no copy can get them any more
  void tell_workers();                  // where everyone is
  void await_ready();
  void stop_asking();
  void update();             // the workers have said something, or time has passed
  void look_for_rest();      // processes were collected
  bool on_service_ending();  // true: no copy runs that the shutdown sequence could stop

  void seal();
  void stop();
  void signal_descendants();  // TERM and CONT for what the main processes left behind (P71)
  void kill();

  // While the service serves. The error says what is in the way, for people.
  Status scale(std::uint32_t count);        // so many shall live; who has the highest number leaves first, in order
  Status stop_one(std::uint32_t number);    // in order, and for good
  Status report_ready(std::uint32_t number);  // it says so itself
  Status kill_one(std::uint32_t number);    // SIGKILL now; the restart policy decides what follows

  void forward(int signal, std::optional<std::uint64_t> payload);
  void suspend();  // Ctrl-Z reached us: they stop with us
  void resume();

  bool child_has_terminal() const { return terminal_; }  // at most one copy has it
  int running_pid() const;   // of the first main process that runs; 0: none
  bool runs(int pid) const;  // as the main process of a copy
  std::optional<core::CopyLife> copy_of(int pid) const;  // to which the process belongs now; costs a look at all processes
  bool lives(const core::CopyLife& life) const;          // it, or something that it started
  bool started() const;
  bool gone() const;      // they and everything that they started
  bool restarts() const;  // after an end that nobody asked for
  std::size_t living() const;  // copies that serve or will again, those that leave not counted
  const std::vector<core::FinalEnd>& ends() const { return ends_; }
  const std::vector<std::unique_ptr<Instance>>& all() const { return all_; }
  std::vector<os::Process> survivors() const;  // of a kill
  void tell_of_survivors() const;
  void tell_of_failure(core::InstanceId id, int error) const;  // to connect to that copy, as a worker met it
  std::vector<InstanceFacts> facts() const;
  std::vector<WorkerProcesses::Upstream> upstreams() const;
  // As this copy has it, else the first one, but for the mark: for what is ours and runs beside it.
  std::vector<std::string> environment(std::optional<std::uint32_t> copy = {}) const;

 private:
  Result<Instance*> add();
  Status start_another();
  Status serves() const;
  Result<Instance*> find(std::uint32_t number) const;
  Instance& last_living() const;
  bool nobody_is_left() const;
  void let_go(Instance& instance);
  void bury();

  void on_instance_changed(Instance&) override { owner_.on_instances_changed(); }
  void on_instance_held(Instance&) override { tell_workers(); }
  void on_instance_ready(Instance& which) override { owner_.on_child_ready(which); }
  void on_instance_crashed(Instance& which) override { owner_.on_child_crashed(which); }
  void on_instance_ended(Instance& which) override;
  void on_instance_never_ready(Instance& which) override;
  void on_more_time_wanted(Instance&, Duration from_now) override { owner_.on_more_time_wanted(from_now); }
  void on_seal_wanted(Instance& which) override { workers_.seal(which.id()); }
  void on_instance_left(Instance& which) override;
  bool other_copies_live(const Instance& which) const override;

  io::Loop& loop_;
  ProcessTable& processes_;
  WorkerProcesses& workers_;
  ShutdownRecorder& recorder_;
  InstancePlan plan_;
  ChildEndpoints endpoints_;
  Owner& owner_;
  std::vector<std::unique_ptr<Instance>> all_;  // there is always one, once started
  std::vector<core::FinalEnd> ends_;            // in the order of time, also of those that are buried
  core::InstanceId next_id_ = 0;
  std::uint32_t last_ended_ = 0;
  bool terminal_;
  bool ending_ = false;
  io::CallbackTimer bury_;
};

}  // namespace lastcall::supervisor
