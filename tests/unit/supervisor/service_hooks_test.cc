// Hooks in a whole service: shell programs as hooks, which write down when they ran and what they were told.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "os/process_tree.h"
#include "service_scene.h"

using namespace lastcall;
using core::HookEnd;
using core::HookEvent;
using test::kStopsUs;
using test::Scene;

namespace {

constexpr const char* kStopsUsLater = "trap 'exit 0' TERM; sleep 0.2; kill -TERM $PPID; while :; do sleep 0.01; done";

class Diary {
 public:
  Diary() : path_("/tmp/lastcall-hooks-" + std::to_string(::getpid())) { std::filesystem::remove(path_); }
  ~Diary() { std::filesystem::remove(path_); }

  // Appends what `echo` prints of `text` to the diary, then does the rest.
  config::HookSettings hook(HookEvent on, const std::string& name, const std::string& text, const std::string& then = "true",
                            Duration timeout = seconds(5)) const {
    return {.hook = {.on = on, .name = name, .timeout = timeout},
            .run = {"/bin/sh", "-c", "echo \"" + text + "\" >>" + path_ + "; " + then},
            .http = {}};
  }
  const std::string& path() const { return path_; }
  std::vector<std::string> lines() const {
    std::ifstream file(path_);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

 private:
  std::string path_;
};

using Lines = std::vector<std::string>;

const core::HookRecord* run_of(const Scene& scene, const std::string& name) {
  for (const core::HookRecord& run : scene.record.hooks.runs)
    if (run.name == name) return &run;
  return nullptr;
}

void set_budget(Scene& scene) {
  for (const config::HookSettings& each : scene.settings.hooks) {
    core::GraceOptions& grace = scene.settings.grace;
    if (each.hook.on == HookEvent::drained) grace.drained_hooks += each.hook.timeout;
    if (each.hook.on == HookEvent::cleanup) grace.cleanup_hooks += each.hook.timeout;
    if (each.hook.on == HookEvent::exit) grace.exit_hooks += each.hook.timeout;
  }
}

}  // namespace

TEST_CASE("every event of an ordered stop comes once and in its place, and cleanup in reverse order of registration") {
  Diary diary;
  Scene scene(kStopsUsLater, "obey");
  for (const auto& [on, name] : std::vector<std::pair<HookEvent, std::string>>{
           {HookEvent::exit, "e"}, {HookEvent::cleanup, "c1"}, {HookEvent::cleanup, "c2"}, {HookEvent::drained, "d1"}, {HookEvent::drained, "d2"},
           {HookEvent::crashed, "never"}, {HookEvent::forced, "never"}, {HookEvent::draining, "t0"}, {HookEvent::started, "s"}})
    scene.settings.hooks.push_back(diary.hook(on, name, name));
  set_budget(scene);
  CHECK(scene.run() == 0);
  // By when they began: t0 and d1 run beside each other, so their words may come in either order.
  std::ranges::stable_sort(scene.record.hooks.runs, {}, &core::HookRecord::began);
  Lines begun, told = diary.lines();
  for (const core::HookRecord& run : scene.record.hooks.runs) begun.push_back(run.name);
  CHECK(begun == Lines{"s", "t0", "d1", "d2", "c2", "c1", "e"});
  std::ranges::sort(told);
  CHECK(told == Lines{"c1", "c2", "d1", "d2", "e", "s", "t0"});
}

TEST_CASE("the child has its stop signal after the drained hooks and is gone before the cleanup hooks") {
  Diary diary;
  Scene scene("trap 'exit 0' TERM; kill -TERM $PPID; while :; do sleep 0.01; done", "");
  scene.settings.hooks = {diary.hook(HookEvent::drained, "d", "drained", "kill -0 $LASTCALL_CHILD_PID && sleep 0.2"),
                          diary.hook(HookEvent::cleanup, "c", "cleanup", "! kill -0 $LASTCALL_CHILD_PID")};
  CHECK(scene.run() == 0);
  CHECK(*scene.record.child().signalled - *scene.record.t0 >= milliseconds(200));
  CHECK(run_of(scene, "d")->end.kind == HookEnd::Kind::done);
  CHECK(run_of(scene, "c")->end.kind == HookEnd::Kind::done);
  CHECK(run_of(scene, "c")->began >= *scene.record.child().exited);
}

TEST_CASE("a hook that fails, hangs, floods or does not exist stops neither the next nor the stop, and each is told by name") {
  Diary diary;
  Scene scene(kStopsUs, "");
  scene.settings.hooks = {diary.hook(HookEvent::drained, "fails", "1", "exit 3"),
                          diary.hook(HookEvent::drained, "hangs", "2", "sleep 100", milliseconds(200)),
                          diary.hook(HookEvent::drained, "floods", "3", "yes", milliseconds(200)),
                          {.hook = {.on = HookEvent::drained, .name = "missing"}, .run = {"/no/such/hook"}, .http = {}},
                          diary.hook(HookEvent::drained, "works", "5")};
  CHECK(scene.run() == 0);
  CHECK(diary.lines() == Lines{"1", "2", "3", "5"});
  CHECK(run_of(scene, "fails")->end.why == "exit code 3");
  CHECK(run_of(scene, "hangs")->end.kind == HookEnd::Kind::timed_out);
  CHECK(run_of(scene, "floods")->end.kind == HookEnd::Kind::timed_out);
  CHECK(run_of(scene, "missing")->end.kind == HookEnd::Kind::failed);
  CHECK(run_of(scene, "works")->end.kind == HookEnd::Kind::done);
  CHECK(scene.well_before_deadlines(*scene.record.ended));
}

TEST_CASE("what drained hooks say of their buffers is summed") {
  Diary diary;
  Scene scene(kStopsUs, "");
  scene.settings.hooks = {diary.hook(HookEvent::drained, "a", "", R"(echo '{"flushed": 7, "dropped": 1}')"),
                          diary.hook(HookEvent::drained, "b", "", R"(echo writing...; echo '{"flushed": 3}')"),
                          diary.hook(HookEvent::drained, "c", "", "echo nothing to say")};
  CHECK(scene.run() == 0);
  CHECK(scene.record.hooks.flushed == 10);
  CHECK(scene.record.hooks.dropped == 1);
  CHECK(run_of(scene, "b")->end.flushed == 3);
}

TEST_CASE("hooks that hang do not move the exit: each is cut in its share of the grace (decision 3)") {
  Diary diary;
  Scene scene("trap '' TERM; kill -TERM $PPID; while :; do sleep 0.01; done", "");
  scene.settings.grace.grace = milliseconds(2000);
  for (const HookEvent on : {HookEvent::draining, HookEvent::drained, HookEvent::cleanup, HookEvent::exit})
    scene.settings.hooks.push_back(diary.hook(on, std::string(to_string(on)), std::string(to_string(on)), "sleep 100"));
  set_budget(scene);
  CHECK(scene.run() == 137);
  CHECK(diary.lines().size() == 4);
  CHECK(*scene.record.ended - *scene.record.t0 >= milliseconds(1800));
  CHECK(scene.record.deadlines.exit < *scene.record.t0 + milliseconds(2000));
  CHECK(*scene.record.ended - *scene.record.t0 < seconds(5));  // each hook has as much for itself
  for (const core::HookRecord& run : scene.record.hooks.runs) CHECK(run.end.kind == HookEnd::Kind::timed_out);
  CHECK(scene.record.hooks.runs.size() == 4);
  test::Supervised after;  // what was killed takes a moment to go
  CHECK(after.run_until([&] {
    after.processes.reap();
    return os::descendant_pids(0).empty();
  }));
}

TEST_CASE("a deadline that fires is told to the forced hooks: which one") {
  Diary diary;
  Scene scene("trap '' TERM; kill -TERM $PPID; while :; do sleep 0.01; done", "");
  scene.settings.grace.grace = milliseconds(600);
  scene.settings.hooks = {diary.hook(HookEvent::forced, "f", "$LASTCALL_FORCED $LASTCALL_PHASE")};
  scene.settings.grace.cleanup_hooks = seconds(5);
  CHECK(scene.run() == 137);
  CHECK(diary.lines() == Lines{"kill killing"});
}

TEST_CASE("a child that dies unasked is told to the crashed hooks with its code, and its end waits for them") {
  Diary diary;
  Scene scene("sleep 0.1; exit 3", "");
  scene.settings.hooks = {diary.hook(HookEvent::crashed, "c", "$LASTCALL_EVENT $LASTCALL_HOOK $LASTCALL_EXIT_CODE", "sleep 0.2"),
                          diary.hook(HookEvent::drained, "d", "drained"), diary.hook(HookEvent::exit, "e", "exit $LASTCALL_EXIT_CODE")};
  CHECK(scene.run() == 3);
  CHECK(diary.lines() == Lines{"crashed c 3", "exit 3"});
  CHECK(*scene.record.ended - *scene.record.t0 >= milliseconds(200));
}

TEST_CASE("a child that ends by itself and well has not crashed") {
  Diary diary;
  Scene scene("exit 0", "");
  scene.settings.hooks = {diary.hook(HookEvent::crashed, "c", "crashed"), diary.hook(HookEvent::cleanup, "x", "cleanup")};
  CHECK(scene.run() == 0);
  CHECK(diary.lines() == Lines{"cleanup"});
}

TEST_CASE("started comes once for each copy that becomes ready and again when it is started anew; crashed names the copy, also while another's runs") {
  Diary diary;
  // Copies 0 and 1 crash once each, when their start has been told: one that waits its turn would be told of the next start instead. Copy 0
  // stops the service once both are back and everything has been told.
  Scene scene("f=/tmp/lastcall-crash-$PPID-$INSTANCE; "
              "test -e $f || { until grep -q \"started $INSTANCE.0\" $D; do sleep 0.01; done; touch $f; exit 3; }; rm $f; trap 'exit 0' TERM; "
              "while :; do test $INSTANCE = 0 && test $(grep -c . $D) = 6 && kill -TERM $PPID; sleep 0.01; done", "");
  scene.settings.command[2] = "D=" + diary.path() + "; touch $D; " + scene.settings.command[2];
  scene.settings.instances = 2;
  scene.settings.restart = {.mode = core::RestartMode::on_failure, .delay = milliseconds(100)};
  scene.settings.hooks = {diary.hook(HookEvent::started, "s", "started $LASTCALL_INSTANCE.$LASTCALL_RESTARTS $INSTANCE", "sleep 0.05"),
                          diary.hook(HookEvent::crashed, "c", "crashed $LASTCALL_INSTANCE.$LASTCALL_RESTARTS $LASTCALL_EXIT_CODE", "sleep 0.2")};
  CHECK(scene.run() == 0);
  Lines lines = diary.lines();
  std::ranges::sort(lines);
  CHECK(lines == Lines{"crashed 0.0 3", "crashed 1.0 3", "started 0.0 0", "started 0.1 0", "started 1.0 1", "started 1.1 1"});
}

TEST_CASE("a copy that somebody kills has not crashed: no hook, no longer pause, nothing towards the limit; one that dies by itself has") {
  Diary diary;
  Scene scene("trap 'exit 0' TERM; while :; do sleep 0.01; done", "");
  scene.settings.instances = 2;
  scene.settings.restart = {.mode = core::RestartMode::on_failure, .delay = milliseconds(10), .limit = 1};
  scene.settings.hooks = {diary.hook(HookEvent::crashed, "c", "crashed $LASTCALL_INSTANCE $LASTCALL_EXIT_CODE")};
  std::unique_ptr<io::CallbackTimer> next;
  int round = 0;
  scene.before_run = [&](io::Loop& loop, supervisor::Service& service) {
    next = std::make_unique<io::CallbackTimer>(loop, [&] {
      const auto copy = service.instances()[1];
      next->arm_after(milliseconds(5));
      if (copy.pid == 0 || copy.restarts < static_cast<std::uint64_t>(round)) return;
      ++round;
      if (round <= 3) CHECK(service.kill_instance(1));
      if (round == 4) ::kill(copy.pid, SIGKILL);  // by itself, for all that we know
      if (round == 5) ::kill(::getpid(), SIGTERM);
    });
    next->arm_after(milliseconds(5));
  };
  CHECK(scene.run() == 0);
  CHECK(diary.lines() == Lines{"crashed 1 137"});
}

TEST_CASE("hooks are told the phase, the reason, the signal, what is in flight and how long is left") {
  Diary diary;
  Scene scene(kStopsUs, "");
  scene.settings.hooks = {
      diary.hook(HookEvent::draining, "t", "$LASTCALL_PHASE $LASTCALL_REASON $LASTCALL_SIGNAL $LASTCALL_IN_FLIGHT $((LASTCALL_DEADLINE_LEFT_MS / 1000))"),
      diary.hook(HookEvent::exit, "e", "$LASTCALL_PHASE $LASTCALL_EXIT_CODE")};
  CHECK(scene.run() == 0);
  REQUIRE(diary.lines().size() == 2);
  CHECK(diary.lines()[0].find("stop_requested SIGTERM 0 7") != std::string::npos);
  CHECK(diary.lines()[1] == "leaving 0");
}

TEST_CASE("a handler that is registered at run time is called, answers, and is waited for; the last registered comes first") {
  Scene scene(kStopsUsLater, "");
  std::vector<std::string> calls;
  std::unique_ptr<io::CallbackTimer> later;
  scene.before_run = [&](io::Loop& loop, supervisor::Service& service) {
    supervisor::HookRunner& hooks = service.hooks();
    REQUIRE(hooks.register_hook(HookEvent::drained, "first", seconds(2)) == core::HookRefusal::none);
    REQUIRE(hooks.register_hook(HookEvent::drained, "second", seconds(2)) == core::HookRefusal::none);
    REQUIRE(hooks.register_hook(HookEvent::drained, "silent", milliseconds(100)) == core::HookRefusal::none);
    later = std::make_unique<io::CallbackTimer>(loop, [&hooks, &calls] {
      CHECK(hooks.answer(calls.back().find("\"second\"") != std::string::npos ? "second" : "first", {.why = {}, .flushed = 2, .dropped = 0}));
    });
    hooks.announce_through([&](const std::string& json) {
      calls.push_back(json);
      if (json.find("silent") == std::string::npos) later->arm_after(milliseconds(100));
      return true;
    });
    CHECK_FALSE(hooks.answer("first", {}));  // it does not run yet
  };
  CHECK(scene.run() == 0);
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].find("silent") != std::string::npos);
  CHECK(calls[1].find(R"("event":"drained","name":"second","timeout_ms":2000)") != std::string::npos);
  CHECK(calls[2].find("first") != std::string::npos);
  CHECK(scene.record.hooks.flushed == 4);
  CHECK(run_of(scene, "silent")->end.kind == HookEnd::Kind::timed_out);
  CHECK(*scene.record.child().signalled - *scene.record.t0 >= milliseconds(300));
}

TEST_CASE("a handler that nobody hears holds nobody up") {
  Scene scene(kStopsUsLater, "");
  scene.before_run = [](io::Loop&, supervisor::Service& service) {
    REQUIRE(service.hooks().register_hook(HookEvent::drained, "deaf", seconds(5)) == core::HookRefusal::none);
  };
  CHECK(scene.run() == 0);
  CHECK(run_of(scene, "deaf")->end.kind == HookEnd::Kind::failed);
  CHECK(scene.well_before_deadlines(*scene.record.ended));
}

TEST_CASE("a handler of a copy that has ended is not waited for, though others listen on the event stream; somebody else's is (control)") {
  for (const bool of_the_copy : {true, false}) {
    CAPTURE(of_the_copy);
    Scene scene(kStopsUsLater, "");
    std::unique_ptr<io::CallbackTimer> once_started;
    scene.before_run = [&](io::Loop& loop, supervisor::Service& service) {
      service.hooks().announce_through([](const std::string&) { return true; });
      once_started = std::make_unique<io::CallbackTimer>(loop, [&service, of_the_copy] {
        const int peer = of_the_copy ? service.record().child().pid : ::getpid();
        REQUIRE(service.hooks().register_hook(HookEvent::cleanup, "late", seconds(1), peer) == core::HookRefusal::none);
      });
      once_started->arm_after(milliseconds(20));
    };
    CHECK(scene.run() == 0);
    const core::HookRecord* late = run_of(scene, "late");
    REQUIRE(late != nullptr);
    CHECK(late->end.kind == (of_the_copy ? HookEnd::Kind::failed : HookEnd::Kind::timed_out));
    CHECK(late->took < (of_the_copy ? milliseconds(500) : seconds(5)));
    CHECK((*scene.record.ended - *scene.record.t0 < seconds(1)) == of_the_copy);
  }
}
