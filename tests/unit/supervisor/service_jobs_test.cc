#include "service_scene.h"

using namespace lastcall;
using test::kStopsUs;
using test::Scene;

namespace {

// Begins a job before the service runs, and does something at a time of its own.
struct Work {
  Work(Scene& scene, Duration timeout, Duration later, std::function<void(supervisor::Service&)> what) {
    scene.before_run = [this, timeout, later, what = std::move(what)](io::Loop& loop, supervisor::Service& service) {
      began = loop.now();
      REQUIRE(service.jobs().begin("message-7", "consumer", timeout) == core::JobRefusal::none);
      timer = std::make_unique<io::CallbackTimer>(loop, [&service, what] { what(service); });
      timer->arm_after(later);
    };
  }
  TimePoint began{};
  std::unique_ptr<io::CallbackTimer> timer;
};

}  // namespace

TEST_CASE("without a proxy the child gets its stop signal only after the last job has ended: a consumer finishes its message and leaves") {
  Scene scene(kStopsUs, "");
  Work work(scene, seconds(60), milliseconds(300), [](supervisor::Service& service) {
    CHECK(service.jobs().begin("message-8", "consumer", seconds(60)) == core::JobRefusal::shutting_down);
    CHECK(service.jobs().end("message-7"));
  });
  CHECK(scene.run() == 0);
  CHECK(*scene.record.child().signalled - work.began >= milliseconds(300));
  CHECK(scene.record.jobs.at_t0 == 1);
  CHECK(scene.record.jobs.finished == 1);
  CHECK(scene.record.jobs.lost() == 0);
}

TEST_CASE("the control: without a job the child gets it at once") {
  Scene scene(kStopsUs, "");
  CHECK(scene.run() == 0);
  CHECK(scene.well_before_deadlines(*scene.record.child().signalled));
}

TEST_CASE("a job that still runs at the drain's deadline is dropped by name, and that is 1 (decision 7)") {
  Scene scene(kStopsUs, "");
  scene.settings.grace.grace = seconds(5);
  scene.settings.grace.drain_timeout = milliseconds(300);
  Work work(scene, seconds(60), seconds(5), [](supervisor::Service&) {});
  CHECK(scene.run() == 1);
  CHECK(*scene.record.child().signalled - *scene.record.t0 >= milliseconds(300));
  CHECK(scene.record.jobs.dropped == 1);
  REQUIRE(scene.record.jobs.names.size() == 1);
  CHECK(scene.record.jobs.names[0].job.id == "message-7");
}

TEST_CASE("a job that outlives its own timeout holds nobody up any longer, and is told as stuck") {
  Scene scene("trap 'exit 0' TERM; sleep 0.2; kill -TERM $PPID; while :; do sleep 0.01; done", "obey");
  Work work(scene, milliseconds(400), seconds(5), [](supervisor::Service&) {});
  CHECK(scene.run() == 1);
  CHECK(*scene.record.ended - work.began >= milliseconds(400));
  CHECK(*scene.record.ended - work.began < seconds(3));
  CHECK(scene.record.jobs.stuck == 1);
  CHECK(scene.record.jobs.dropped == 0);
}

TEST_CASE("what was stuck before anybody asked for a stop is no loss of the stop") {
  Scene scene("trap 'exit 0' TERM; sleep 0.3; kill -TERM $PPID; while :; do sleep 0.01; done", "");
  Work work(scene, milliseconds(50), seconds(5), [](supervisor::Service&) {});
  CHECK(scene.run() == 0);
  CHECK(scene.record.jobs.lost() == 0);
}
