#include "control/control_plane.h"
#include "control/event_hub.h"
#include "control/metrics.h"
#include "control/routes.h"
#include "fake_service.h"
#include "http_fixture.h"

using namespace lastcall;
using namespace lastcall::control;
using namespace lastcall::control::test;

namespace {

struct Bench {
  explicit Bench(ReadyzPolicy readyz = {}) : policy(readyz) {
    add_admin_routes(router, service, events, policy);
    scene.answer = [this](HttpRequest request, Reply reply) {
      request.peer = {};
      router.dispatch(request, reply);
    };
  }
  std::string ask(const std::string& line) {
    const UniqueFd client = scene.connect();
    const std::string text = scene.ask(client, line + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return text.size() < 12 ? text : text.substr(9, 3) + " " + text.substr(text.find("\r\n\r\n") + 4);
  }
  std::string readyz(core::Phase phase) {
    service.view.phase = phase;
    return ask("GET /readyz").substr(0, 3);
  }

  Scene scene;
  FakeService service;
  ReadyzPolicy policy;
  EventHub events{scene.loop};
  Router router;
};

}  // namespace

TEST_CASE("G138: liveness is 200 in every phase until the exit") {
  Bench bench;
  for (std::size_t i = 0; i < core::kPhaseCount; ++i) {
    bench.service.view.phase = static_cast<core::Phase>(i);
    CHECK(bench.ask("GET /livez") == "200 alive\n");
  }
}

TEST_CASE("G146: readiness fails with the stop signal, or stays while clients are accepted where the platform wants it so") {
  Bench others;
  CHECK(others.readyz(core::Phase::starting) == "503");
  CHECK(others.readyz(core::Phase::serving) == "200");
  CHECK(others.readyz(core::Phase::lame_duck) == "503");
  CHECK(others.readyz(core::Phase::draining) == "503");
  Bench kubernetes({.ready_while_lame = true});
  CHECK(kubernetes.readyz(core::Phase::lame_duck) == "200");
  CHECK(kubernetes.readyz(core::Phase::draining) == "503");
  kubernetes.service.view.drained_by_hand = true;
  CHECK(kubernetes.readyz(core::Phase::lame_duck) == "503");
  Bench haproxy({.failing = 404});
  CHECK(haproxy.readyz(core::Phase::lame_duck) == "404");
}

TEST_CASE("while no instance is ready, nobody should be sent here") {
  Bench bench;
  bench.service.view.instances[0].state = "backing_off";
  CHECK(bench.readyz(core::Phase::serving) == "503");
  bench.service.view.instances.push_back({.number = 1, .state = "ready", .pid = 78, .age_ms = 0, .restarts = 0, .upstream = ""});
  CHECK(bench.readyz(core::Phase::serving) == "200");
}

TEST_CASE("the admin port takes nothing but GET and HEAD") {
  Bench bench;
  CHECK(bench.ask("POST /status").substr(0, 3) == "405");
  CHECK(bench.ask("POST /v1/stop").substr(0, 3) == "404");
  CHECK(bench.ask("GET /v1/state").substr(0, 3) == "404");
}

TEST_CASE("the page may load and run its own files and nothing else") {
  Bench bench;
  const UniqueFd client = bench.scene.connect();
  const std::string page = bench.scene.ask(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(page.find("Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';") != page.npos);
  CHECK(page.find("X-Content-Type-Options: nosniff\r\n") != page.npos);
  CHECK(page.find("<script src=\"page.js\" defer></script>") != page.npos);
  for (const char* outside : {"http://", "https://", " onload=", " onclick=", " style=", "<style"}) {
    CAPTURE(outside);
    const std::string body = page.substr(page.find("\r\n\r\n"));
    const std::size_t found = body.find(outside);
    CHECK((found == body.npos || body.substr(found, 27) == "http://www.w3.org/2000/svg'"));  // a name, not an address
  }
  const std::string script = bench.ask("GET /page.js");
  for (const char* markup : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("})
    CHECK(script.find(markup) == script.npos);
}

TEST_CASE("the page has a name and a sentence for every phase") {
  Bench bench;
  const std::string script = bench.ask("GET /page.js");
  for (std::size_t i = 0; i < core::kPhaseCount; ++i) {
    const std::string phase(core::to_string(static_cast<core::Phase>(i)));
    CAPTURE(phase);
    const std::size_t name = script.find(" " + phase + ": \""), sentence = script.find("\n  " + phase + ": \"", name + 1);
    CHECK(name < script.find("const sentences"));
    CHECK(sentence > script.find("const sentences"));
    CHECK(sentence != script.npos);
  }
}

TEST_CASE("metrics: gauges of now, counters of the workers, cumulated buckets, a label for each instance") {
  FakeService service;
  service.view.live.finite = 2;
  service.view.counters.values[static_cast<std::size_t>(proto::Counter::refused_503)] = 4;
  service.view.counters.values[static_cast<std::size_t>(proto::Counter::dropped_streams)] = 1;
  service.view.counters.latency = {3, 0, 2};
  service.view.counters.latency_sum_us = 12'500;
  service.view.drains = {seconds(3), milliseconds(200)};
  service.view.instances[0].requests = 2;
  service.view.instances.push_back({.number = 1, .state = "starting", .streams = 1});
  const std::string text = metrics_text(service.state());
  for (const char* line : {"lastcall_phase{phase=\"serving\"} 1\n", "lastcall_phase{phase=\"draining\"} 0\n", "lastcall_in_flight{kind=\"request\"} 2\n",
                           "lastcall_refused_503_total 4\n", "lastcall_dropped_at_deadline_total{kind=\"stream\"} 1\n",
                           "lastcall_request_duration_seconds_bucket{le=\"0.001\"} 3\n", "lastcall_request_duration_seconds_bucket{le=\"0.0025\"} 3\n",
                           "lastcall_request_duration_seconds_bucket{le=\"0.005\"} 5\n", "lastcall_request_duration_seconds_bucket{le=\"+Inf\"} 5\n",
                           "lastcall_request_duration_seconds_sum 0.0125\n", "lastcall_request_duration_seconds_count 5\n",
                           "lastcall_instance_ready{instance=\"0\"} 1\n", "lastcall_instance_restarts_total{instance=\"0\"} 1\n",
                           "lastcall_instance_ready{instance=\"1\"} 0\n", "lastcall_instance_in_flight{instance=\"0\",kind=\"request\"} 2\n",
                           "lastcall_instance_in_flight{instance=\"0\",kind=\"stream\"} 0\n",
                           "lastcall_instance_in_flight{instance=\"1\",kind=\"stream\"} 1\n",
                           "lastcall_drain_duration_seconds_bucket{le=\"0.5\"} 1\n", "lastcall_drain_duration_seconds_bucket{le=\"5\"} 2\n",
                           "lastcall_drain_duration_seconds_sum 3.2\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != text.npos);
  }
}
