// The admin port through the real binary: probes during a stop, metrics that Prometheus' own tool accepts, and the page for people in a real
// browser, from serving to lights out.
#include <unistd.h>

#include "controlled.h"
#include "support/free_port.h"

using namespace lastcall::test;

namespace {

struct AdminPort {
  FreePort admin;
};

struct Scene : AdminPort, Controlled {
  explicit Scene(const Words& more = {}, SpawnOptions spawn = {}) : Controlled(with_admin(more), tiny_server(), std::move(spawn)) {}
  Words with_admin(Words flags) const {
    flags.insert(flags.end(), {"--admin", "127.0.0.1:" + admin.text()});
    return flags;
  }
  Exchange ask(std::string_view path, const std::string& host = "x") const {
    HttpClient client(admin.number());
    REQUIRE(client.connection().send("GET " + std::string(path) + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"));
    return client.read_response();
  }
  int status(std::string_view path, const std::string& host = "x") const { return ask(path, host).response.status; }
  std::string body(std::string_view path) const { return ask(path).response.body; }
};

// Its body has not arrived whole, so it is in flight for exactly as long as the test wants.
class HeldRequest {
 public:
  HeldRequest(const Scene& scene, const std::string& target) : client_(std::in_place, scene.run.port()) {
    REQUIRE(client_->connection().send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe"));
    REQUIRE(ask_until([&] { return has(scene.body("/connections"), target); }));
  }
  // Answered, and the connection closed: else lastcall would be polite to it for a second.
  void release() {
    REQUIRE(client_->connection().send("llo"));
    const Exchange got = client_->read_response();
    CHECK(got.complete);
    CHECK(got.response.body == "hello");
    client_.reset();
  }

 private:
  std::optional<HttpClient> client_;
};

bool installed(const std::string& program) {
  Process which(SpawnOptions{.argv = {"sh", "-c", "command -v " + program}});
  if (which.wait_exit() == ExitStatus{false, 0}) return true;
  MESSAGE(program, " is not installed: tests/install.sh installs it");
  return false;
}

}  // namespace

TEST_CASE("G138, G146: while requests drain the service lives but is not ready; the admin port is the last to close") {
  Scene scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  CHECK(scene.status("/readyz") == 200);
  CHECK(scene.status("/livez") == 200);
  HeldRequest held(scene, "/echo");
  scene.run.stop();
  REQUIRE(scene.run.wait_event("listener_closed"));
  CHECK(scene.status("/livez") == 200);
  CHECK(scene.status("/readyz") == 503);
  CHECK(has(scene.body("/status"), "\"shutting_down\":true"));
  held.release();
  CHECK_EXIT(scene.run, 0);
}

TEST_CASE("G146: on Kubernetes lame duck is still ready; elsewhere it is not, with the code that was asked for") {
  SpawnOptions kubernetes;
  kubernetes.environment = {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}};
  Scene pod({"--lame-duck", "5s"}, kubernetes);
  Scene host({"--lame-duck", "5s", "--readyz-code", "404"});
  for (Scene* scene : {&pod, &host}) {
    REQUIRE(scene->run.wait_ready());
    scene->run.stop();
    REQUIRE(scene->run.wait_event_where("phase", [](const Event& event) { return event.text("phase") == "lame_duck"; }));
  }
  CHECK(pod.status("/readyz") == 200);
  CHECK(host.status("/readyz") == 404);
  for (Scene* scene : {&pod, &host}) {
    CHECK(scene->Controlled::ask("POST", "/v1/stop", R"({"now":true})").status == 202);  // nobody waits for its end
    CHECK_EXIT(scene->run, 0);
  }
}

TEST_CASE("a page of the world that has its name resolved to the admin port reads nothing; probes are answered whatever they call it") {
  Scene scene({"--admin-host", "Status.Internal"});
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  const std::string port = ":" + scene.admin.text();
  for (const char* path : {"/", "/page.js", "/status", "/metrics", "/connections", "/jobs", "/events", "/nothing"}) {
    CAPTURE(path);
    CHECK(scene.status(path, "evil.example" + port) == 421);
  }
  CHECK(scene.ask("/status", "evil.example" + port).response.body ==
        "{\"error\":\"the admin port does not answer to the name evil.example" + port + ", as a page of that name could read it with your browser; "
        "ask by address or localhost, or allow the name: --admin-host evil.example\"}\n");
  for (const char* path : {"/livez", "/readyz"}) CHECK(scene.status(path, "evil.example") == 200);
  for (const char* host : {"127.0.0.1", "localhost", "status.internal", "app"}) CHECK(scene.status("/status", host + port) == 200);
  CHECK(scene.ask("/health").response.body == "{\"error\":\"there is no /health; here are / for people, /livez, /readyz, /metrics and /status\"}\n");
  CHECK(scene.run.events("admin_refused").size() == 1);
  CHECK(scene.run.events("admin_refused").front().text("host") == "evil.example" + port);
  scene.run.stop();
  CHECK_EXIT(scene.run, 0);
}

TEST_CASE("promtool finds no fault with /metrics, before and during a drain (G190)") {
  if (!installed("promtool")) return;
  Scene scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  for (int i = 0; i < 3; ++i) CHECK(fetch(scene.run.port(), "/").response.status == 200);
  HeldRequest held(scene, "/echo");
  TempDir directory;
  const auto judge = [&](const std::string& text) {
    Process tool(SpawnOptions{.argv = {"sh", "-c", "promtool check metrics < " + directory.write("metrics", text)}});
    const auto status = tool.wait_exit();
    CHECK_MESSAGE((status == ExitStatus{false, 0}), tool.output());
    CHECK_MESSAGE(tool.output().empty(), tool.output());
  };
  const std::string before = scene.body("/metrics");
  judge(before);
  CHECK(has(before, "lastcall_requests_total 4\n"));
  CHECK(has(before, "lastcall_request_duration_seconds_count 3\n"));
  CHECK(has(before, "lastcall_instance_ready{instance=\"0\"} 1\n"));
  scene.run.stop();
  REQUIRE(scene.run.wait_event("listener_closed"));
  const std::string during = scene.body("/metrics");
  judge(during);
  CHECK(has(during, "lastcall_phase{phase=\"draining\"} 1\n"));
  CHECK(has(during, "lastcall_grace_left_seconds "));
  held.release();
  CHECK_EXIT(scene.run, 0);
}

TEST_CASE("the page for people, in a real browser: a drain from serving to closed, with a request line that tries to be markup") {
  if (!installed("chromium")) return;
  Scene scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  TempDir profile;
  SpawnOptions spawn{.argv = {"node", child_file("watch_page.js"), "http://127.0.0.1:" + scene.admin.text() + "/", profile.path(),
                              LASTCALL_PICTURES, "serving", "draining", "closed"}};
  spawn.environment["NODE_PATH"] = "/usr/share/nodejs";
  Process page(spawn);
  INFO("the page said:\n", page.output());
  REQUIRE(page.wait_line("^shot .*serving-phone-dark.png$", 60s));
  HeldRequest held(scene, "/echo?<img/src=x/onerror=alert(1)>");
  scene.run.stop();
  CHECK(page.wait_line("^phase draining$"));
  CHECK(page.wait_line("^shot .*draining-phone-dark.png$", 60s));
  held.release();
  CHECK(scene.run.wait_exit() == ExitStatus{false, 0});
  CHECK(page.wait_line("^phase closed$"));
  CHECK(page.wait_line("^shot .*closed-light.png$", 60s));
  CHECK(page.wait_line("^report asked by: SIGTERM; in flight at the start: 1 request, 0 streams; finished since: 1 request; dropped: none; "
                       "the command: has ended; exit code: 0: everything ended in order$"));
  // What a client wrote was shown as what it is: no markup, no script, nothing that the page's policy had to stop.
  CHECK_MESSAGE(!has(page.output(), "Content Security"), page.output());
  CHECK_MESSAGE(!has(page.output(), "fault Uncaught"), page.output());
  page.signal(15);
}
