#include "control/event_hub.h"
#include "control/routes.h"
#include "fake_service.h"
#include "http_fixture.h"

using namespace lastcall;
using namespace lastcall::control;
using namespace lastcall::control::test;

namespace {

struct Bench {
  Bench() {
    add_state_routes(router, service, events);
    add_action_routes(router, service, service);
    add_job_routes(router, service, service);
    add_hook_routes(router, service, service);
    scene.answer = [this](HttpRequest request, Reply reply) {
      request.peer = peer;
      router.dispatch(request, reply);
    };
  }
  // "201 {body}"
  std::string ask(const std::string& line, const std::string& body = "") {
    const UniqueFd client = scene.connect();
    const std::string text =
        scene.ask(client, line + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return text.size() < 12 ? text : text.substr(9, 3) + " " + text.substr(text.find("\r\n\r\n") + 4);
  }

  Scene scene;
  FakeService service;
  EventHub events{scene.loop};
  Router router;
  Peer peer{.authority = Authority::child, .pid = 77, .uid = 1000};
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("the child sees the state: phase, in flight, instances, no deadline while it serves") {
  Bench bench;
  bench.service.view.live.finite = 3;
  const std::string state = bench.ask("GET /v1/state");
  CHECK(starts(state, R"(200 {"phase":"serving","ready":true,"shutting_down":false,)"));
  CHECK(has(state, R"("deadline_left_ms":null,"in_flight":{"requests":3,)"));
  CHECK(has(state, R"("instances":[{"instance":0,"state":"ready","pid":77,)"));
  CHECK(has(state, R"("stop":null)"));
}

TEST_CASE("while a stop runs the state tells why, how long it may take, and what each phase used of its plan") {
  Bench bench;
  bench.service.record = control_test::stopping_record();
  bench.service.record.request.reason = "out \xff of memory";
  bench.service.view.phase = core::Phase::draining;
  bench.service.at = control_test::at(5'000);
  bench.service.record.jobs = {.at_t0 = 3, .finished = 1, .stuck = 1, .dropped = 0, .running = 1, .oldest = {}, .names = {}};
  core::ChildRecord second{.number = 1, .started = true, .pid = 78};
  second.killed = true;  // not the first one
  second.end = core::ChildEnd{.by_signal = true, .value = 9};
  bench.service.record.children.push_back(second);
  const std::string state = bench.ask("GET /v1/state");
  CHECK(has(state, R"("shutting_down":true)"));
  CHECK(has(state, R"("jobs":{"at_start":3,"finished":1,"stuck":1,"dropped":0})"));
  CHECK(has(state, R"("child_killed":true,"children":{"started":2,"ended":)"));
  CHECK(has(state, R"("killed":1},"exit_code":null,"exit_reason":null})"));
  CHECK(has(state, R"("deadline_left_ms":23500)"));
  CHECK(has(state, R"({"phase":"draining","ms":500,"over":false,"why":"deadline","planned_ms":16250})"));
  CHECK(has(state, R"("asked_by":"SIGTERM")"));
}

TEST_CASE("a shutdown carries its reason and its code, and is the child's right") {
  Bench bench;
  CHECK(starts(bench.ask("POST /v1/shutdown", R"({"reason":"config changed","exit_code":75})"), "202 {"));
  REQUIRE(bench.service.wishes.size() == 1);
  CHECK(bench.service.wishes[0].reason == "config changed");
  CHECK(bench.service.wishes[0].exit_code == 75);
  CHECK(bench.service.wishes[0].who.pid == 77);
  CHECK(starts(bench.ask("POST /v1/shutdown"), "202 {"));
  CHECK_FALSE(bench.service.wishes.at(1).exit_code);
}

TEST_CASE("a shutdown of one instance is the asking one's own, or the one that is named (decision 16)") {
  Bench bench;
  CHECK(starts(bench.ask("POST /v1/shutdown", R"({"scope":"instance"})"), "202 {"));
  CHECK(starts(bench.ask("POST /v1/shutdown", R"({"scope":"instance","instance":3})"), "202 {"));
  bench.peer.pid = 78;  // something that the only one started
  CHECK(starts(bench.ask("POST /v1/shutdown", R"({"scope":"instance"})"), "202 {"));
  CHECK(bench.service.done == std::vector<std::string>{"stop 0", "stop 3", "stop 0"});
  bench.service.view.instances.push_back({.number = 1, .state = "ready", .pid = 79});
  CHECK(starts(bench.ask("POST /v1/shutdown", R"({"scope":"instance"})"), "422 "));
  CHECK(starts(bench.ask("POST /v1/shutdown", R"({"scope":"world"})"), "400 "));
  CHECK(starts(bench.ask("POST /v1/shutdown", R"({"scope":"instance","exit_code":1})"), "400 "));
}

TEST_CASE("one copy says of itself that it is ready; of several the one that asks, or that is named") {
  Bench bench;
  CHECK(starts(bench.ask("POST /v1/ready"), "200 {"));
  CHECK(starts(bench.ask("POST /v1/ready", R"({"instance":3})"), "200 {"));
  bench.service.view.instances.push_back({.number = 1, .state = "starting", .pid = 79, .upstream = ""});
  bench.peer.pid = 79;
  CHECK(starts(bench.ask("POST /v1/ready"), "200 {"));
  bench.peer.pid = 80;
  CHECK(starts(bench.ask("POST /v1/ready"), "422 "));
  CHECK(bench.service.done == std::vector<std::string>{"ready 0", "ready 3", "ready 1"});
}

TEST_CASE("bad bodies change nothing and say what is wanted") {
  Bench bench;
  CHECK(has(bench.ask("POST /v1/shutdown", "{"), "the body is not JSON"));
  CHECK(has(bench.ask("POST /v1/shutdown", R"({"exit_code":256})"), "from 0 to 255"));
  CHECK(has(bench.ask("POST /v1/shutdown", R"({"exitcode":1})"), "is not known here"));
  CHECK(has(bench.ask("POST /v1/shutdown", R"({"reason":")" + std::string(201, 'a') + R"("})"), "it may have 200"));
  CHECK(bench.service.wishes.empty());
}

TEST_CASE("what is the operator's is not the child's") {
  Bench bench;
  for (const char* line : {"POST /v1/stop", "POST /v1/drain", "POST /v1/undrain", "PUT /v1/loglevel", "GET /v1/connections",
                           "POST /v1/instances/0/kill", "PUT /v1/instances"}) {
    CAPTURE(line);
    CHECK(starts(bench.ask(line), "403 "));
  }
  CHECK(bench.service.done.empty());
  CHECK(bench.service.wishes.empty());
}

TEST_CASE("the operator drains, stops now, names levels, instances and how many") {
  Bench bench;
  bench.peer.authority = Authority::operator_;
  CHECK(starts(bench.ask("POST /v1/drain"), "200 "));
  CHECK(starts(bench.ask("PUT /v1/loglevel", R"({"level":"debug"})"), "200 "));
  CHECK(starts(bench.ask("PUT /v1/loglevel", R"({"level":"loud"})"), "400 "));
  CHECK(starts(bench.ask("POST /v1/instances/2/kill"), "202 "));
  CHECK(starts(bench.ask("POST /v1/instances/two/kill"), "404 "));
  CHECK(starts(bench.ask("PUT /v1/instances", R"({"instances":4})"), "202 "));
  CHECK(starts(bench.ask("PUT /v1/instances", R"({"instances":0})"), "400 "));
  CHECK(starts(bench.ask("POST /v1/stop", R"({"now":true})"), "202 "));
  CHECK(bench.service.done == std::vector<std::string>{"drain", "level 0", "kill 2", "scale 4"});
  CHECK(bench.service.wishes.at(0).now);
  bench.service.answer = Error{409, "not now"};
  CHECK(bench.ask("POST /v1/undrain") == "409 {\"error\":\"not now\"}\n");
}

TEST_CASE("jobs begin, are heard of, and end; each name once") {
  Bench bench;
  CHECK(starts(bench.ask("POST /v1/jobs", R"({"id":"import-1","owner":"nightly","timeout":"60s"})"), "201 {"));
  CHECK(starts(bench.ask("POST /v1/jobs", R"({"id":"import-1"})"), "409 "));
  CHECK(starts(bench.ask("POST /v1/jobs", R"({"timeout":"60s"})"), "400 "));
  CHECK(starts(bench.ask("POST /v1/jobs", R"({"id":")" + std::string(60'000, 'a') + R"("})"), "400 "));
  bench.service.at += seconds(10);
  CHECK(has(bench.ask("GET /v1/jobs"), R"({"id":"import-1","owner":"nightly","age_ms":10000,"left_ms":50000,"timeout_ms":60000})"));
  CHECK(starts(bench.ask("PUT /v1/jobs/import-1"), "200 "));
  CHECK(starts(bench.ask("DELETE /v1/jobs/import-1"), "200 "));
  CHECK(starts(bench.ask("DELETE /v1/jobs/import-1"), "404 "));
  bench.service.ledger.refuse_new();
  CHECK(starts(bench.ask("POST /v1/jobs", R"({"id":"late"})"), "409 "));
}

TEST_CASE("handlers are registered by event and name, answered by name, and taken back") {
  Bench bench;
  CHECK(starts(bench.ask("POST /v1/hooks", R"({"event":"drained","name":"spool","timeout":"3s"})"), "201 {"));
  CHECK(starts(bench.ask("POST /v1/hooks", R"({"event":"drained","name":"spool"})"), "201 "));  // as a command does that was started again
  CHECK(starts(bench.ask("POST /v1/hooks", R"({"event":"exit","name":"spool"})"), "409 "));
  CHECK(has(bench.ask("POST /v1/hooks", R"({"event":"draining!","name":"x"})"), "must be one of started, draining, drained"));
  CHECK(starts(bench.ask("POST /v1/hooks", R"({"event":"exit"})"), "400 "));
  CHECK(starts(bench.ask("POST /v1/hooks", R"({"event":"exit","name":")" + std::string(300, 'a') + R"("})"), "400 "));
  CHECK(starts(bench.ask("POST /v1/hooks/spool/done", R"({"flushed":12,"dropped":1})"), "200 "));
  CHECK(starts(bench.ask("POST /v1/hooks/spool/done", R"({"error":"disk full"})"), "200 "));
  CHECK(starts(bench.ask("POST /v1/hooks/other/done", "{}"), "404 "));
  CHECK(starts(bench.ask("POST /v1/hooks/spool/done", R"({"flushed":-1})"), "400 "));
  CHECK(bench.service.done == std::vector<std::string>{"spool: 12, 1, ", "spool: 0, 0, disk full", "other: 0, 0, "});
  CHECK(starts(bench.ask("DELETE /v1/hooks/spool"), "200 "));
  CHECK(starts(bench.ask("DELETE /v1/hooks/spool"), "404 "));
}

TEST_CASE("a listener hears first where things stand, then what happens") {
  Bench bench;
  const UniqueFd client = bench.scene.connect();
  const std::string first = bench.scene.ask(client, "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(has(first, "Content-Type: text/event-stream\r\n"));
  CHECK(has(first, "\r\n\r\nevent: state\ndata: {\"phase\":\"serving\""));
  bench.events.publish("phase", R"({"phase":"draining"})");
  CHECK(bench.scene.take(client) == "event: phase\ndata: {\"phase\":\"draining\"}\n\n");
}

TEST_CASE("an event that does not exist is named, beside those that do; a text may not steer a terminal, by C1 controls neither") {
  Bench bench;
  CHECK(has(bench.ask("POST /v1/hooks", R"({"event":"dranied","name":"x"})"), R"(started, draining, drained, cleanup, forced, crashed, exit, not \"dranied\")"));
  CHECK(has(bench.ask("POST /v1/shutdown", R"({"reason":"a\u009b2J"})"), "must not contain control characters"));
}

TEST_CASE("a list of connections is as long as it is, and says where it is not complete") {
  Bench bench;
  bench.peer.authority = Authority::operator_;
  bench.service.connections = {.connections = {{.peer = "192.0.2.1:1", .kind = "request", .state = "answering", .age_ms = 5, .bytes_in = 1,
                                                .bytes_out = 2, .instance = 3, .request = "GET / HTTP/1.1"},
                                               {.peer = "192.0.2.2:1", .kind = "idle", .state = "waiting_for_request", .instance = {}, .request = ""}},
                               .complete = false};
  const std::string list = bench.ask("GET /v1/connections");
  CHECK(has(list, R"("peer":"192.0.2.1:1","kind":"request","state":"answering","age_ms":5,)"));
  CHECK(has(list, R"("instance":3,"request":"GET / HTTP/1.1"})"));
  CHECK(has(list, R"("instance":null,"request":""})"));
  CHECK(has(list, R"("complete":false)"));
}
