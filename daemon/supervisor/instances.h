// All copies of the child, seen as one: starts, signals, stops and kills them together, and tells the service what holds for all of them.
// Decides nothing about the service's end: that is the shutdown sequence's. Owned by the service; supervisor process only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "supervisor/instance.h"
#include "supervisor/worker_processes.h"

namespace lastcall::supervisor {

class Instances final : private Instance::Owner {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_instances_changed() = 0;  // gone(), or what a copy waits for
    virtual void on_upstreams_changed() = 0;  // the workers must hear of it
    virtual void on_child_ready(const Instance& which) = 0;  // the same, and that this one is ready, perhaps once more
    virtual void on_child_crashed(const Instance& which) = 0;  // a copy ended though nobody asked it to, and not well
    virtual void on_child_ended() = 0;        // the last one, for good
    virtual void on_child_never_ready() = 0;
  };
  Instances(io::Loop& loop, ProcessTable& processes, ShutdownRecorder& recorder, const InstancePlan& plan, ChildEndpoint endpoint,
            Owner& owner);

  std::optional<os::SpawnFailure> start();  // nothing on success
  void await_ready();
  void stop_asking();
  void update();
  void look_for_rest();      // processes were collected
  bool on_service_ending();  // true: no copy runs that the shutdown sequence could stop

  void stop();
  std::size_t signal_descendants();  // TERM and CONT for what the main processes left behind (P71)
  void kill();

  void forward(int signal, std::optional<std::uint64_t> payload);
  void suspend();  // Ctrl-Z reached us: they stop with us
  void resume();

  bool runs(int pid) const;  // as the main process of a copy
  bool started() const;
  bool gone() const;      // they and everything that they started
  bool restarts() const;  // after an end that nobody asked for
  bool gave_up() const;
  bool not_alive() const;  // one was ended for that, and no other follows
  std::vector<int> stop_signals() const;  // sent so far
  std::vector<WorkerProcesses::Upstream> upstreams() const;
  Instance& first() { return *all_.front(); }
  const Instance& first() const { return *all_.front(); }
  std::vector<os::Process> survivors() const;  // of a kill
  void tell_of_survivors() const;
  std::vector<InstanceFacts> facts() const;

 private:
  void on_instance_changed(Instance&) override { owner_.on_instances_changed(); }
  void on_instance_held(Instance&) override { owner_.on_upstreams_changed(); }
  void on_instance_ready(Instance& which) override { owner_.on_child_ready(which); }
  void on_instance_crashed(Instance& which) override { owner_.on_child_crashed(which); }
  void on_instance_ended(Instance&) override { owner_.on_child_ended(); }
  void on_instance_never_ready(Instance&) override { owner_.on_child_never_ready(); }

  Owner& owner_;
  std::vector<std::unique_ptr<Instance>> all_;
};

}  // namespace lastcall::supervisor
