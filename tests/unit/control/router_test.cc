#include "control/router.h"

#include "http_fixture.h"

using namespace lastcall;
using namespace lastcall::control;
using namespace lastcall::control::test;

namespace {

struct Bench {
  Bench() {
    const auto echo = [](std::string_view name) {
      return [name](const HttpRequest& request, Reply reply) { reply.send({.body = std::string(name) + ":" + request.parameter}); };
    };
    router.add({"GET", "/v1/jobs", Authority::child, echo("list")});
    router.add({"PUT", "/v1/jobs/{id}", Authority::child, echo("beat")});
    router.add({"DELETE", "/v1/jobs/{id}", Authority::child, echo("end")});
    router.add({"POST", "/v1/jobs/{id}/done", Authority::child, echo("done")});
    router.add({"POST", "/v1/stop", Authority::operator_, echo("stop")});
    scene.answer = [this](HttpRequest request, Reply reply) {
      request.peer = peer;
      router.dispatch(request, reply);
    };
  }
  std::string ask(std::string_view line, std::string_view rest = "") {
    const UniqueFd client = scene.connect();
    return scene.ask(client, std::string(line) + " HTTP/1.1\r\nHost: x\r\n" + std::string(rest) + (rest.empty() ? "\r\n" : ""));
  }
  static std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

  Scene scene;
  Router router;
  Peer peer{.authority = Authority::operator_, .pid = 7, .uid = 1000};
};

}  // namespace

TEST_CASE("a path with a name in it hands over that one segment, percent-decoded") {
  Bench bench;
  CHECK(bench.body(bench.ask("PUT /v1/jobs/import%20%31")) == "beat:import 1");
  CHECK(bench.body(bench.ask("DELETE /v1/jobs/a%2Fb")) == "end:a/b");
  CHECK(bench.body(bench.ask("POST /v1/jobs/x/done")) == "done:x");
  CHECK(bench.body(bench.ask("PUT /v1/jobs/100%")) == "beat:100%");
  CHECK(bench.body(bench.ask("GET /v1/jobs?all=1")) == "list:");
  CHECK(starts(bench.ask("PUT /v1/jobs/a/b"), "HTTP/1.1 404"));
  CHECK(starts(bench.ask("PUT /v1/jobs/"), "HTTP/1.1 404"));
}

TEST_CASE("an unknown path is 404, a wrong method 405 with what is allowed") {
  Bench bench;
  CHECK(starts(bench.ask("GET /v2"), "HTTP/1.1 404 Not Found\r\n"));
  const std::string wrong = bench.ask("POST /v1/jobs/x");
  CHECK(starts(wrong, "HTTP/1.1 405 Method Not Allowed\r\n"));
  CHECK(wrong.find("\r\nAllow: PUT, DELETE\r\n") != wrong.npos);
  CHECK(bench.ask("DELETE /v1/jobs").find("\r\nAllow: GET, HEAD\r\n") != std::string::npos);
}

TEST_CASE("who may not is told so, and who must") {
  Bench bench;
  bench.peer.authority = Authority::child;
  const std::string refused = bench.ask("POST /v1/stop");
  CHECK(starts(refused, "HTTP/1.1 403 Forbidden\r\n"));
  CHECK(refused.find("uid 1000 is the child here; this needs the operator") != refused.npos);
  CHECK(bench.body(bench.ask("GET /v1/jobs")) == "list:");
}

TEST_CASE("a body must be JSON, or what curl calls every body") {
  Bench bench;
  const auto post = [&](std::string_view type) {
    return bench.ask("POST /v1/stop", "Content-Type: " + std::string(type) + "\r\nContent-Length: 2\r\n\r\n{}").substr(9, 3);
  };
  CHECK(post("application/json; charset=utf-8") == "200");
  CHECK(post("application/x-www-form-urlencoded") == "200");
  CHECK(post("text/xml") == "415");
}
