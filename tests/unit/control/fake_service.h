// A service as the people's plane sees it, played by the test: what it shows is set, what it is told is noted.
#pragma once

#include <string>
#include <vector>

#include "control/plane.h"
#include "record_fixture.h"

namespace lastcall::control::test {

class FakeService final : public View, public Actions {
 public:
  FakeService() {
    view.phase = core::Phase::serving;
    view.command = "node server.js";
    view.listen = ":8080";
    view.instances.push_back({.number = 0, .state = "ready", .pid = 77, .age_ms = 8000, .restarts = 1, .upstream = "127.0.0.1:3000"});
    record.phases = {{core::Phase::starting, control_test::at(0), control_test::at(500), kNever, ""},
                     {core::Phase::serving, control_test::at(500), kNever, kNever, "child_ready"}};
    record.started = control_test::at(0);
  }

  StateView state() override {
    view.record = &record;
    view.now = at;
    return view;
  }
  core::Phase phase() override { return view.phase; }
  TimePoint now() override { return at; }
  const core::JobLedger& jobs() override { return ledger; }
  void list_connections(std::function<void(ConnectionList)> tell) override { tell(connections); }

  Status stop(const StopWish& wish) override {
    wishes.push_back(wish);
    return {};
  }
  Status drain() override { return note("drain"); }
  Status undrain() override { return note("undrain"); }
  Status report_ready(std::uint32_t instance) override { return note("ready " + std::to_string(instance)); }
  Status set_log_level(LogLevel level) override { return note("level " + std::to_string(static_cast<int>(level))); }
  void reopen_logs(std::function<void(const Status&)> tell) override { tell(note("reopen")); }
  Status stop_instance(std::uint32_t instance, bool kill) override { return note((kill ? "kill " : "stop ") + std::to_string(instance)); }
  Status scale(std::uint32_t instances) override { return note("scale " + std::to_string(instances)); }
  core::JobRefusal begin_job(const std::string& id, const std::string& owner, Duration timeout) override {
    return ledger.begin(id, owner, timeout, at);
  }
  bool heartbeat_job(const std::string& id) override { return ledger.heartbeat(id, at); }
  bool end_job(const std::string& id) override { return ledger.end(id); }

  core::HookRefusal register_hook(core::HookEvent event, const std::string& name, Duration timeout, const control::Peer&) override {
    return hooks.register_hook(event, name, timeout);
  }
  bool unregister_hook(const std::string& name) override { return hooks.unregister(name); }
  bool answer_hook(const std::string& name, core::HookEnd end) override {
    done.push_back(name + ": " + std::to_string(end.flushed) + ", " + std::to_string(end.dropped) + ", " + end.why);
    return name == "spool";
  }

  StateView view;
  core::HookPlan hooks;
  core::ShutdownRecord record;
  TimePoint at = control_test::at(9'000);
  core::JobLedger ledger;
  ConnectionList connections;
  std::vector<StopWish> wishes;
  std::vector<std::string> done;
  Status answer;

 private:
  Status note(std::string what) {
    done.push_back(std::move(what));
    return answer;
  }
};

}  // namespace lastcall::control::test
