#include "supervisor/notify_listener.h"

#include <sys/wait.h>

#include "captured_log.h"
#include "fixture.h"
#include "notify_sender.h"
#include "os/process_tree.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

struct Scene {
  Scene() {
    (void)os::become_subreaper();
    auto socket = os::NotifySocket::open();
    REQUIRE(socket.ok());
    listener.emplace(supervised.loop, supervised.processes, std::move(socket).value(), [this](const proto::NotifyMessage& message) {
      if (message.ready) ++ready;
      statuses += message.status.value_or("");
    });
  }
  ~Scene() {
    for (const int pid : speakers) ::kill(pid, SIGKILL);
    CHECK(supervised.run_until([] { return !os::has_children(); }));
  }
  int speak(const std::vector<std::string>& texts) {
    speakers.push_back(test::start_speaker(listener->name(), texts));
    return speakers.back();
  }
  void say_and_end(std::string_view text) {
    const int pid = ::fork();
    if (pid == 0) ::_exit(test::notify(listener->name(), text) ? 0 : 1);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(status == 0);
  }
  bool refused(std::string_view why) {
    return supervised.run_until([&] { return !log.lines().empty() && log.lines().back().find("notification_refused") != std::string::npos; }) &&
           log.lines().back().find(why) != std::string::npos;
  }

  const test::CapturedLog log;
  test::Supervised supervised;
  std::optional<NotifyListener> listener;
  std::vector<int> speakers;
  int ready = 0;
  std::string statuses;
};

}  // namespace

TEST_CASE("the child's main process is heard, every message in order (G148)") {
  Scene scene;
  scene.listener->expect(scene.speak({"STATUS=a", "STATUS=b\nREADY=1", "STATUS=c"}));
  CHECK(scene.supervised.run_until([&] { return scene.statuses == "abc"; }));
  CHECK(scene.ready == 1);
}

TEST_CASE("what the child starts is heard as well") {
  Scene scene;
  const int idle = scene.speak({});
  scene.listener->expect(idle);
  scene.speak({"READY=1"});  // below us, and not ours: as a daemon of the child's would be
  CHECK(scene.supervised.run_until([&] { return scene.ready == 1; }));
}

TEST_CASE("a worker, a hook or a probe can't speak for the child, though it is below us") {
  Scene scene;
  scene.listener->expect(scene.speak({}));
  const int worker = scene.speak({"READY=1"});
  const auto watch = scene.supervised.processes.watch(worker, ProcessTable::Side::own, nullptr);
  CHECK(scene.refused("its sender is not the command"));
  CHECK(scene.log.lines().back().find("sender_pid=" + std::to_string(worker)) != std::string::npos);
  CHECK(scene.ready == 0);
}

TEST_CASE("a stranger is refused and logged, but can't fill the log") {
  Scene scene;
  scene.listener->expect(scene.speak({}));
  for (int i = 0; i < 50; ++i) {
    REQUIRE(test::notify(scene.listener->name(), "READY=1"));  // from this process, which is above
    scene.listener->read_pending();
  }
  CHECK(scene.refused("its sender is not the command"));
  CHECK(scene.log.lines().size() == 1);
  CHECK(scene.ready == 0);
}

TEST_CASE("a sender that is gone is refused with what helps") {
  Scene scene;
  scene.listener->expect(scene.speak({}));
  scene.say_and_end("READY=1");
  CHECK(scene.refused("systemd-notify, which waits"));
  CHECK(scene.ready == 0);
}

TEST_CASE("what a dead child said too late is not its successor's word") {
  Scene scene;
  scene.say_and_end("READY=1");
  scene.listener->expect(0);  // what lies there is thrown away without a complaint
  scene.listener->expect(scene.speak({"STATUS=mine"}));
  CHECK(scene.supervised.run_until([&] { return scene.statuses == "mine"; }));
  CHECK(scene.ready == 0);
  CHECK(scene.log.lines().empty());
}

TEST_CASE("of a flood none is lost") {
  Scene scene;
  scene.listener->expect(scene.speak(std::vector<std::string>(300, "READY=1")));
  CHECK(scene.supervised.run_until([&] { return scene.ready == 300; }));
}
