#include "supervisor/readiness_probe.h"

#include <unistd.h>

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
  ReadinessProbe probe(supervised.loop, supervised.processes, {.questions = {{.target = server.address()}}}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.ready > 0; }));
  CHECK(watcher.attempts == 1);
  CHECK_FALSE(probe.running());
}

TEST_CASE("a child that begins to listen later is found, without a busy loop") {
  test::Supervised supervised;
  Watcher watcher;
  const Address address = Address::loopback(closed_port());
  ReadinessProbe probe(supervised.loop, supervised.processes, {.questions = {{.target = address}}}, watcher);
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
  ReadinessProbe probe(supervised.loop, supervised.processes,
                       {.questions = {{.target = Address::loopback(closed_port())}}, .timeout = milliseconds(60)}, watcher);
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
  ReadinessProbe probe(supervised.loop, supervised.processes, {.questions = {{.target = server.address(), .http_path = "/healthz?deep=1"}}}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.ready == 1; }));
  CHECK(server.served() == 4);
  CHECK(probe.last_answer() == "HTTP 302");
}

TEST_CASE("an interim answer is not the answer") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
  ReadinessProbe probe(supervised.loop, supervised.processes, {.questions = {{.target = server.address(), .http_path = "/"}}}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.ready == 1; }));
}

TEST_CASE("a cancelled probe stays silent (P80)") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {""});
  ReadinessProbe probe(supervised.loop, supervised.processes, {.questions = {{.target = server.address()}}, .timeout = milliseconds(20)}, watcher);
  probe.start();
  probe.cancel();
  io::CallbackTimer later(supervised.loop, [] {});
  later.arm_after(milliseconds(60));
  CHECK(supervised.run_until([&] { return !later.armed(); }));
  CHECK(watcher.ready + watcher.timeouts == 0);
}

TEST_CASE("the answers that mean ready are those that were asked for") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
                                     "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"});
  ReadinessProbe probe(supervised.loop, supervised.processes,
                       {.questions = {{.target = server.address(), .http_path = "/", .status = {{204, 204}, {400, 499}}}}}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.ready == 1; }));
  CHECK(server.served() == 3);
  CHECK(probe.last_answer() == "HTTP 401");
}

namespace {

os::SpawnRequest shell(const std::string& program) {
  os::SpawnRequest request;
  request.argv = {"/bin/sh", "-c", program};
  request.env = {"PATH=/usr/bin:/bin"};
  request.restore = &test::inherited();
  return request;
}

}  // namespace

TEST_CASE("a command that ends with 0 means ready, and until then its first words are the last answer") {
  test::Supervised supervised;
  Watcher watcher;
  const std::string mark = "/tmp/lastcall-ready-" + std::to_string(::getpid());
  // Fails the first time.
  const std::string program = "test -e " + mark + " && exit 0; echo noise; echo 'no response, yet' >&2; echo more >&2; : > " + mark + "; exit 2";
  ReadinessProbe probe(supervised.loop, supervised.processes, {.questions = {{.command = shell(program)}}}, watcher);
  probe.start();
  std::string first;
  CHECK(supervised.run_until([&] {
    if (watcher.attempts == 1 && probe.last_answer() != "never tried") first = probe.last_answer();
    return watcher.ready == 1;
  }));
  CHECK(first == "exit code 2: no response, yet");
  CHECK(watcher.attempts == 2);
  CHECK(::unlink(mark.c_str()) == 0);
}

TEST_CASE("a command that can't be run is given up at the timeout with its reason") {
  test::Supervised supervised;
  Watcher watcher;
  os::SpawnRequest nothing = shell("");
  nothing.argv = {"/nowhere/pg_isready"};
  ReadinessProbe probe(supervised.loop, supervised.processes, {.questions = {{.command = nothing}}, .timeout = milliseconds(120)}, watcher);
  probe.start();
  CHECK(supervised.run_until([&] { return watcher.timeouts == 1; }));
  CHECK(watcher.last_answer.find("/nowhere/pg_isready") != std::string::npos);
}

TEST_CASE("who has to say it first is not asked before, and is asked then") {
  test::Supervised supervised;
  Watcher watcher;
  Answering server(supervised.loop, {""});
  ReadinessProbe probe(supervised.loop, supervised.processes, {.awaited_word = "READY=1", .questions = {{.target = server.address()}}}, watcher);
  probe.on_word();  // unasked
  probe.start();
  io::CallbackTimer later(supervised.loop, [] {});
  later.arm_after(milliseconds(30));
  CHECK(supervised.run_until([&] { return !later.armed(); }));
  CHECK(watcher.attempts == 0);
  CHECK(probe.last_answer() == "no READY=1");
  probe.on_word();
  probe.on_word();
  CHECK(supervised.run_until([&] { return watcher.ready == 1; }));
  CHECK(watcher.attempts == 1);
}

TEST_CASE("who only has to say it is ready at once, and each start waits for the word again") {
  test::Supervised supervised;
  Watcher watcher;
  ReadinessProbe probe(supervised.loop, supervised.processes, {.awaited_word = "READY=1", .timeout = milliseconds(50)}, watcher);
  probe.start();
  probe.on_word();
  CHECK(watcher.ready == 1);
  probe.start();
  probe.note("its status: warming up");
  CHECK(supervised.run_until([&] { return watcher.timeouts == 1; }));
  CHECK(watcher.ready == 1);
  CHECK(watcher.last_answer == "no READY=1; its status: warming up");
}

TEST_CASE("nothing to wait for and nothing to ask is ready") {
  test::Supervised supervised;
  Watcher watcher;
  ReadinessProbe probe(supervised.loop, supervised.processes, {}, watcher);
  probe.start();
  CHECK(watcher.ready == 1);
}

TEST_CASE("a child may ask for more time, as long as it does so, but not for ever") {
  test::Supervised supervised;
  Watcher watcher;
  ReadinessProbe probe(supervised.loop, supervised.processes, {.awaited_word = "READY=1", .timeout = milliseconds(30)}, watcher);
  supervised.loop.refresh();
  const TimePoint begin = supervised.loop.now();
  probe.start();
  probe.extend(milliseconds(90));
  probe.extend(milliseconds(1));  // shortens nothing
  CHECK(supervised.run_until([&] { return watcher.timeouts == 1; }));
  CHECK(supervised.loop.now() - begin >= milliseconds(90));

  watcher.timeouts = 0;
  const TimePoint again = supervised.loop.now();
  probe.start();
  probe.extend(seconds(100));
  CHECK(supervised.run_until([&] { return watcher.timeouts == 1; }));
  CHECK(supervised.loop.now() - again >= milliseconds(300));
  CHECK(supervised.loop.now() - again < seconds(5));
}
