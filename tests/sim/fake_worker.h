// A worker: accepts, sends requests to the child, counts them, and does what the channel says, in its own time. It may die or hang
// between any two steps. It tells the checker each time it accepts and each time it sends the child something new. It lives as long as
// its Simulation, also when it is dead. Test only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "checker.h"
#include "core/idle_policy.h"
#include "link.h"

namespace lastcall::sim {

class FakeWorker {
 public:
  struct World {
    VirtualClock& clock;
    Dice& dice;
    const Plan& plan;
    Checker& checker;
    std::function<bool(core::InstanceId)> copy_runs;
    std::function<bool(core::InstanceId)> copy_was_signalled;
    std::function<int()> take_backlog;  // empties the accept queue
  };
  FakeWorker(World& world, core::WorkerId id, std::function<void(core::WorkerId, const Message&)> supervisor);

  core::WorkerId id() const { return id_; }
  Link& inbox() { return inbox_; }
  bool alive() const { return alive_; }
  bool healthy() const { return alive_ && !hung_; }
  bool sealed(core::InstanceId copy) const { return sealed_.contains(copy); }
  bool may_use(core::InstanceId copy) const { return !sealed(copy) && std::ranges::count(ready_, copy) > 0; }
  bool accepts() const { return alive_ && copy_open_ && started_; }
  std::size_t running_finite(std::optional<core::InstanceId> copy = std::nullopt) const;  // at that copy, or at all

  void connection();    // somebody connects
  void late_request();  // somebody speaks on an idle connection
  void copy_died(core::InstanceId copy);  // what it was answering breaks off
  void hang();
  void die() { alive_ = false; }

 private:
  void on_message(const Message& message);
  void stop_accepting();
  void end_idle_and_streams();
  void finish();
  void serve_one();
  void forward();
  void end_request(std::uint64_t request);
  void close_idle_later();
  void say(Message::Kind kind);
  void count();

  World& world_;
  core::WorkerId id_;
  Link inbox_;
  Link outbox_;
  bool alive_ = true, hung_ = false, started_ = false, copy_open_ = true;
  bool closing_ = false, ending_ = false;
  std::vector<core::InstanceId> ready_;
  std::set<core::InstanceId> sealed_;
  std::uint64_t version_ = 0;
  std::uint64_t next_request_ = 1;
  struct Request {
    core::InstanceId copy;
    bool stream;
  };
  std::map<std::uint64_t, Request> requests_;
  std::uint64_t idle_ = 0;
  core::Census last_;
  bool counted_ = false;
};

}  // namespace lastcall::sim
