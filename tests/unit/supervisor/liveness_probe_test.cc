#include "supervisor/liveness_probe.h"

#include "answering.h"
#include "fixture.h"

using namespace lastcall;
using namespace lastcall::supervisor;
using test::Answering;

namespace {

constexpr const char* kGood = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr const char* kBad = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";

struct Watcher : LivenessProbe::Owner {
  int told = 0, looked = 0;
  core::HealthAction how = core::HealthAction::ask;
  std::string last_answer;
  std::function<void()> look = [] {};
  void before_watchdog() override {
    ++looked;
    look();
  }
  void on_bad_answer(const std::string&, std::uint32_t) override {}
  void on_not_alive(core::HealthAction action, const std::string& answer) override {
    ++told;
    how = action;
    last_answer = answer;
  }
};

constexpr core::HealthOptions kQuick{.probes = true, .interval = milliseconds(10), .rise = 1, .fall = 3};

}  // namespace

TEST_CASE("a child that begins to answer 500 is told of once, at the third answer in a row") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {kGood, kBad, kBad, kGood, kBad, kBad, kBad, kBad});
  LivenessProbe probe(supervised.loop, supervised.processes, kQuick, {.target = server.address(), .http_path = "/livez"}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.told > 0; }));
  CHECK(server.served() == 7);
  CHECK(watcher.how == core::HealthAction::probes_failed);
  CHECK(watcher.last_answer == "HTTP 500");
  io::CallbackTimer later(supervised.loop, [] {});
  later.arm_after(milliseconds(50));
  CHECK(supervised.run_until([&] { return !later.armed(); }));
  CHECK(watcher.told == 1);
  CHECK(server.served() == 7);
}

TEST_CASE("a child that hangs is asked one question at a time, each until its timeout") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {""});
  LivenessProbe probe(supervised.loop, supervised.processes, kQuick,
                      {.target = server.address(), .http_path = "/", .timeout = milliseconds(40)}, watcher);
  supervised.loop.refresh();
  const TimePoint begin = supervised.loop.now();
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.told > 0; }));
  CHECK(server.served() == 3);
  CHECK(supervised.loop.now() - begin >= milliseconds(120));
  CHECK(watcher.last_answer == "no answer");
}

TEST_CASE("a child that rests is not asked, and a question that is open is dropped") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {""});
  LivenessProbe probe(supervised.loop, supervised.processes, {.probes = true, .interval = milliseconds(10), .fall = 1},
                      {.target = server.address(), .http_path = "/", .timeout = milliseconds(30)}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return server.served() == 1; }));
  probe.rest();
  io::CallbackTimer later(supervised.loop, [] {});
  later.arm_after(milliseconds(60));
  CHECK(supervised.run_until([&] { return !later.armed(); }));
  CHECK(watcher.told == 0);
  CHECK(server.served() == 1);
}

TEST_CASE("before a watchdog bites, what the child said in time is heard") {
  test::Supervised supervised;
  Watcher watcher;
  LivenessProbe probe(supervised.loop, supervised.processes, {.watchdog = milliseconds(30)}, {}, watcher);
  watcher.look = [&] {
    if (watcher.looked < 4) probe.on_sign_of_life();
  };
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.told > 0; }));
  CHECK(watcher.looked == 4);
  CHECK(watcher.how == core::HealthAction::watchdog_missed);
}
