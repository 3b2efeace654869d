// A whole service with a shell program as its child, for the tests of the supervisor. The child's server is a listener of the test.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <functional>

#include "fake_worker.h"
#include "fixture.h"
#include "os/socket.h"
#include "supervisor/child_plan.h"
#include "supervisor/service.h"

namespace lastcall::test {

using namespace lastcall::supervisor;

class Scene : ServiceObserver {
 public:
  Scene(const std::string& program, const std::string& worker_behaviour) {
    (void)inherited();  // before the listener, which the child must not inherit
    server_ = std::move(os::listen_on(Address::loopback(0))).value();
    (void)os::become_subreaper();
    settings.no_proxy = worker_behaviour.empty();
    settings.command = {"/bin/sh", "-c", program};
    if (!settings.no_proxy) {
      settings.listen = {Address::loopback(0)};
      settings.upstream = os::local_address(server_.get()).value();
      plan_ = plan_of(worker_behaviour);
    }
    settings.grace.grace = seconds(8);
  }

  int run() {
    io::Loop loop;
    auto listeners = Listeners::open(settings.listen);
    REQUIRE(listeners.ok());
    auto child = make_child_plan(settings, {.inherited = {"PATH=/usr/bin:/bin"}, .written = {}}, inherited());
    REQUIRE(child.ok());
    const auto budget = core::GraceBudget::make(settings.grace);
    REQUIRE(budget.ok());
    Service service(loop,
                    {.settings = settings,
                     .inherited = inherited(),
                     .budget = budget.value(),
                     .listeners = listeners.value(),
                     .endpoints = ChildEndpoints(settings, child.value().environment, {}),
                     .child = std::move(child.value().request),
                     .passed_on = std::move(passed_on),
                     .workers = std::move(plan_),
                     .started = loop.now()},
                    *this);
    if (before_run) before_run(loop, service);
    const int code = service.run();
    record = service.record();
    return code;
  }

  bool passed(core::Phase phase) const {
    return std::ranges::any_of(record.phases, [&](const core::PhaseRecord& one) { return one.phase == phase; });
  }

  // At once, as far as a busy machine lets it: what waits for a deadline takes longer than half of the grace.
  bool well_before_deadlines(TimePoint when) const { return when - *record.t0 < settings.grace.grace / 2; }

  config::Settings settings;
  std::vector<UniqueFd> passed_on;
  core::ShutdownRecord record;
  std::function<void(io::Loop&, Service&)> before_run;

 private:
  void on_record_changed() override {}
  void on_window_resized() override {}
  UniqueFd server_;
  WorkerPlan plan_;
};

constexpr const char* kStopsUs = "trap 'exit 0' TERM; kill -TERM $PPID; while :; do sleep 0.01; done";

}  // namespace lastcall::test
