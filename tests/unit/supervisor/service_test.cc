#include "supervisor/service.h"

#include <unistd.h>

#include <algorithm>

#include "fake_worker.h"
#include "fixture.h"
#include "os/socket.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

// A whole service with a shell program as its child. The child's server is a listener of this test.
class Scene : ServiceObserver {
 public:
  Scene(const std::string& program, const std::string& worker_behaviour) {
    (void)test::inherited();  // before the listener, which the child must not inherit
    server_ = std::move(os::listen_on(Address::loopback(0))).value();
    (void)os::become_subreaper();
    settings.no_proxy = worker_behaviour.empty();
    settings.command = {"/bin/sh", "-c", program};
    if (!settings.no_proxy) {
      settings.listen = {Address::loopback(0)};
      settings.upstream = os::local_address(server_.get()).value();
      plan_ = test::plan_of(worker_behaviour);
    }
    settings.grace.grace = seconds(8);
  }

  int run() {
    io::Loop loop;
    auto listeners = Listeners::open(settings.listen);
    REQUIRE(listeners.ok());
    auto endpoint = ChildEndpoint::choose(settings, {"PATH=/usr/bin:/bin"}, {});
    REQUIRE(endpoint.ok());
    const auto budget = core::GraceBudget::make(settings.grace);
    REQUIRE(budget.ok());
    Service service(loop,
                    {.settings = settings,
                     .inherited = test::inherited(),
                     .budget = budget.value(),
                     .listeners = listeners.value(),
                     .endpoint = std::move(endpoint).value(),
                     .workers = std::move(plan_),
                     .started = loop.now()},
                    *this);
    const int code = service.run();
    record = service.record();
    return code;
  }

  bool passed(core::Phase phase) const {
    return std::ranges::any_of(record.phases, [&](const core::PhaseRecord& one) { return one.phase == phase; });
  }

  config::Settings settings;
  core::ShutdownRecord record;

 private:
  void on_record_changed() override {}
  void on_window_resized() override {}
  UniqueFd server_;
  WorkerPlan plan_;
};

constexpr const char* kStopsUs = "trap 'exit 0' TERM; kill -TERM $PPID; while :; do sleep 0.01; done";

}  // namespace

TEST_CASE("without a proxy the child's exit code is ours (P1)") {
  Scene scene("exit 42", "");
  CHECK(scene.run() == 42);
  CHECK(scene.record.cause == core::Cause::child_exited);
}

TEST_CASE("a child that ends by a signal gives 128 and its number (P2)") {
  Scene scene("kill -USR1 $$", "");
  CHECK(scene.run() == 128 + SIGUSR1);
}

TEST_CASE("a TERM that came before the child was spawned keeps it from being spawned (P29)") {
  Scene scene("exit 42", "");
  REQUIRE(::kill(::getpid(), SIGTERM) == 0);
  CHECK(scene.run() == 0);
  CHECK_FALSE(scene.record.child.started);
  CHECK(scene.record.request.signal == SIGTERM);
  CHECK(scene.record.request.sender_pid == ::getpid());
}

TEST_CASE("a stop goes through every phase, the child is signalled after the seal, and the end is 0") {
  Scene scene("trap 'exit 0' TERM; sleep 0.2; kill -TERM $PPID; while :; do sleep 0.01; done", "obey");
  CHECK(scene.run() == 0);
  for (const core::Phase phase : {core::Phase::serving, core::Phase::lame_duck, core::Phase::draining, core::Phase::ending_streams,
                                  core::Phase::sealing, core::Phase::stopping, core::Phase::flushing, core::Phase::exiting})
    CHECK(scene.passed(phase));
  CHECK_FALSE(scene.passed(core::Phase::killing));
  CHECK(scene.record.child.stop_signal == SIGTERM);
  CHECK(*scene.record.child.exited - *scene.record.t0 < milliseconds(500));
}

TEST_CASE("a worker that never answers the seal is killed, and the child still gets its signal") {
  Scene scene(kStopsUs, "deaf to seal");
  CHECK(scene.run() == 0);
  CHECK(scene.record.child.signalled.has_value());
}

TEST_CASE("a child that ignores its stop signal is killed at the deadline, and that is 137 (P69)") {
  Scene scene("trap '' TERM; kill -TERM $PPID; while :; do sleep 0.01; done", "");
  scene.settings.grace.grace = milliseconds(400);
  CHECK(scene.run() == 137);
  CHECK(scene.record.child.killed);
  CHECK(scene.record.child.end->value == SIGKILL);
  CHECK(*scene.record.ended - *scene.record.t0 < milliseconds(450));
}

TEST_CASE("a child that never becomes ready is stopped, and that is 124") {
  Scene scene("exec sleep 1000", "obey");
  scene.settings.upstream = Address::parse("unix:/nowhere/at/all").value();
  scene.settings.ready.timeout = milliseconds(100);
  CHECK(scene.run() == 124);
  CHECK(scene.record.child.end->value == SIGTERM);
}

TEST_CASE("a command that can't be run is 127, and nothing else was started (P4)") {
  Scene scene("", "obey");
  scene.settings.command = {"/no/such/command"};
  CHECK(scene.run() == 127);
  CHECK_FALSE(scene.record.child.started);
}

TEST_CASE("a child that dies by itself while it serves ends the service with its code (G129)") {
  Scene scene("sleep 0.2; exit 3", "obey");
  CHECK(scene.run() == 3);
  CHECK(scene.passed(core::Phase::stopping));
}
