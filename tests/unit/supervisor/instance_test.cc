#include "supervisor/instance.h"

#include "answering.h"
#include "captured_log.h"
#include "fixture.h"
#include "os/process_tree.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

// One copy that runs and never takes a connection where it should.
class Copy : Instance::Owner {
 public:
  explicit Copy(std::vector<int> keep) {
    (void)os::become_subreaper();
    settings.command = {"/bin/sleep", "1000"};
    settings.upstream = Address::loopback(test::closed_port());
    plan.child.restore = &test::inherited();
    plan.child.keep = std::move(keep);
    plan.ready.timeout = milliseconds(100);
    plan.port_hint_after = milliseconds(30);
  }
  void run_until_given_up() {
    ChildEndpoints endpoints(settings, {"PATH=/usr/bin:/bin"}, {});
    auto endpoint = endpoints.make(0, 0);
    REQUIRE(endpoint.ok());
    ShutdownRecorder recorder(supervised.loop.now(), true);
    Instance instance(supervised.loop, supervised.processes, recorder, plan, {}, std::move(endpoint).value(), *this);
    REQUIRE_FALSE(instance.start());
    instance.await_ready();
    CHECK(supervised.run_until([this] { return given_up; }));
    instance.kill();
    CHECK(supervised.run_until([] { return !os::has_children(); }));
  }

  test::Supervised supervised;
  config::Settings settings;
  InstancePlan plan;
  bool given_up = false;

 private:
  void on_instance_changed(Instance&) override {}
  void on_instance_held(Instance&) override {}
  void on_instance_ready(Instance&) override {}
  void on_instance_crashed(Instance&) override {}
  void on_instance_ended(Instance&) override {}
  void on_instance_never_ready(Instance&) override { given_up = true; }
  void on_more_time_wanted(Instance&, Duration) override {}
  void on_seal_wanted(Instance&) override {}
  void on_instance_left(Instance&) override {}
  bool other_copies_live(const Instance&) const override { return false; }
};

}  // namespace

TEST_CASE("that a child listens elsewhere is said once, not again when its time to be ready is over") {
  const test::CapturedLog log;
  const auto elsewhere = os::listen_on(Address::loopback(0));
  REQUIRE(elsewhere.ok());
  Copy copy({elsewhere.value().get()});
  copy.run_until_given_up();
  CHECK(log.count("wrong_port") == 1);
  CHECK(log.count("child_not_ready") == 1);
  CHECK(log.lines()[1].find("wrong_port") != std::string::npos);  // long before: it is no use to wait on
}
