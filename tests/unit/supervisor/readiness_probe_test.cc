#include "supervisor/readiness_probe.h"

#include "answering.h"
#include "fixture.h"

using namespace lastcall;
using namespace lastcall::supervisor;
using test::Answering;
using test::closed_port;

namespace {

struct Watcher : ReadinessProbe::Owner {
  int ready = 0, timeouts = 0, attempts = 0;
  std::string last_answer;
  void on_probe_ready() override { ++ready; }
  void on_probe_timeout(const std::string& answer) override {
    ++timeouts;
    last_answer = answer;
  }
  void before_probe() override { ++attempts; }
};

}  // namespace

TEST_CASE("a child that listens is ready at the first connect (decision 11)") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {""});
  ReadinessProbe probe(supervised.loop, {.question = {.target = server.address(), .http_path = ""}}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.ready > 0; }));
  CHECK(watcher.attempts == 1);
  CHECK_FALSE(probe.running());
}

TEST_CASE("a child that begins to listen later is found, without a busy loop") {
  test::Supervised supervised;
  Watcher watcher;
  const Address address = Address::loopback(closed_port());
  ReadinessProbe probe(supervised.loop, {.question = {.target = address, .http_path = ""}}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.attempts >= 4; }));
  CHECK(watcher.ready == 0);
  CHECK(probe.last_answer() == "Connection refused");
  auto listener = os::listen_on(address);
  REQUIRE(listener.ok());
  CHECK(supervised.run_until([&] { return watcher.ready == 1; }));
  CHECK(watcher.attempts < 50);
}

TEST_CASE("a child that never listens is given up at the timeout, with what was seen last (P30)") {
  test::Supervised supervised;
  Watcher watcher;
  ReadinessProbe probe(supervised.loop,
                       {.question = {.target = Address::loopback(closed_port()), .http_path = ""}, .timeout = milliseconds(60)}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.timeouts == 1; }));
  CHECK(watcher.ready == 0);
  CHECK(watcher.last_answer == "Connection refused");
}

TEST_CASE("with a path only 2xx and 3xx mean ready") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "nonsense\r\n\r\n",
                                     "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                                     "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"});
  ReadinessProbe probe(supervised.loop, {.question = {.target = server.address(), .http_path = "/healthz?deep=1"}}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.ready == 1; }));
  CHECK(server.served() == 4);
  CHECK(probe.last_answer() == "HTTP 302");
}

TEST_CASE("an interim answer is not the answer") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
  ReadinessProbe probe(supervised.loop, {.question = {.target = server.address(), .http_path = "/"}}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.ready == 1; }));
}

TEST_CASE("a cancelled probe stays silent (P80)") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {""});
  ReadinessProbe probe(supervised.loop, {.question = {.target = server.address(), .http_path = ""}, .timeout = milliseconds(20)}, watcher);
  probe.start();
  probe.cancel();
  io::CallbackTimer later(supervised.loop, [] {});
  later.arm_after(milliseconds(60));
  CHECK(supervised.run_until([&] { return !later.armed(); }));
  CHECK(watcher.ready + watcher.timeouts == 0);
}
