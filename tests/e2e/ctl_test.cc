// `lastcall ctl` as an operator and a script meet it.
#include "controlled.h"
#include "support/free_port.h"

using namespace lastcall::test;

namespace {

struct Said {
  std::optional<ExitStatus> status;
  std::string out, err;
};

Said ctl(Words words, std::map<std::string, std::string> environment = {}) {
  words.insert(words.begin(), {lastcall_binary(), "ctl"});
  Process process(SpawnOptions{.argv = words, .environment = std::move(environment)});
  Said said{.status = process.wait_exit(), .out = "", .err = ""};
  said.out = process.out().text();
  said.err = process.err().text();
  return said;
}

constexpr ExitStatus exit_code(int code) { return {false, code}; }

struct Scene : Controlled {
  using Controlled::Controlled;
  Said operator()(Words words) {
    words.insert(words.end(), {"--socket", socket});
    return ctl(std::move(words));
  }
};

}  // namespace

TEST_CASE("status, drain, undrain and stop, with exit codes for scripts") {
  Scene scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  const Said status = scene({"status"});
  CHECK(status.status == exit_code(0));
  CHECK(status.out.starts_with("phase      serving\n"));
  CHECK(has(status.out, "0 requests, 0 streams, "));
  const Said json = scene({"status", "--json"});
  CHECK(json.out.starts_with("{\"phase\":\"serving\","));
  CHECK(scene({"drain"}).out == "draining until undrain\n");
  CHECK(scene({"status"}).status == exit_code(3));
  CHECK(scene({"undrain"}).out == "serving\n");
  CHECK(scene({"loglevel", "debug"}).status == exit_code(0));
  CHECK(scene({"scale", "3"}).status.has_value());
  CHECK(scene({"stop"}).status == exit_code(0));
  CHECK_EXIT(scene.run, 0);
}

TEST_CASE("connections says who is still here and what for") {
  Scene scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  CHECK(scene({"connections"}).out == "nobody is connected\n");
  HttpClient slow(scene.run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=700&from=here"));
  CHECK(ask_until([&] { return has(scene({"connections"}).out, "GET /slow?ms=700&from=here HTTP/1.1\n"); }));
  CHECK(slow.read_response().complete);
  scene.run.stop();
  CHECK_EXIT(scene.run, 0);
}

TEST_CASE("a copy that replaced another is called by its number wherever people look: status, connections, metrics, access log") {
  TempDir directory;
  const FreePort admin;
  const std::string socket = directory.path("lc.sock"), log = directory.path("access.log");
  LastcallRun run({.flags = {"--control", socket, "--instances", "2", "--admin", "127.0.0.1:" + admin.text(), "--access-log", "json", "--access-log-file", log},
                   .child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_ready", kPatience, 1));
  const auto copies = [&] { return ask_control(socket, "GET", "/v1/state").body; };
  REQUIRE(ctl({"stop", "--instance", "1", "--socket", socket}).status == exit_code(0));
  REQUIRE(ask_until([&] { return !has(copies(), "\"instance\":1,"); }));
  REQUIRE(ctl({"scale", "2", "--socket", socket}).status == exit_code(0));
  REQUIRE(run.wait_event("instance_ready", kPatience, 2));
  REQUIRE(ctl({"stop", "--instance", "0", "--socket", socket}).status == exit_code(0));
  REQUIRE(ask_until([&] { return !has(copies(), "\"instance\":0,"); }));
  HttpClient slow(run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=2500"));
  CHECK(ask_until([&] { return has(ctl({"connections", "--socket", socket}).out, "  1         GET /slow?ms=2500 HTTP/1.1\n"); }));
  // A worker that serves counts at most once a second.
  CHECK(ask_until([&] { return has(fetch(admin.number(), "/metrics").response.body, "lastcall_instance_in_flight{instance=\"1\",kind=\"request\"} 1\n"); }));
  CHECK(has(copies(), "\"in_flight\":{\"requests\":1,\"streams\":0},\"status\":\"\"}"));
  CHECK(slow.read_response().complete);
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(has(read_file(log), "\"instance\":1,"));
  CHECK_FALSE(has(read_file(log), "\"instance\":2,"));
}

TEST_CASE("status --watch goes on until the end and then leaves with 0") {
  Scene scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  Process watch(SpawnOptions{.argv = {lastcall_binary(), "ctl", "status", "--watch", "--socket", scene.socket}});
  REQUIRE(watch.wait_line("^serving: "));
  scene.run.stop();
  CHECK(watch.wait_line("^exiting: "));
  CHECK(watch.wait_exit() == exit_code(0));
  CHECK_EXIT(scene.run, 0);
}

TEST_CASE("jobs lists what a drain waits for") {
  Scene scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  CHECK(scene({"jobs"}).out == "no job is under way\n");
  REQUIRE(ask_control(scene.socket, "POST", "/v1/jobs", R"({"id":"import-1","owner":"nightly","timeout":"60s"})").status == 201);
  CHECK(has(scene({"jobs"}).out, "import-1  nightly  "));
  REQUIRE(ask_control(scene.socket, "DELETE", "/v1/jobs/import-1").status == 200);
  scene.run.stop();
  CHECK_EXIT(scene.run, 0);
}

TEST_CASE("the socket is found by its option, by the variable, or because it is the only one") {
  TempDir place;
  const std::map<std::string, std::string> runtime{{"RUNTIME_DIRECTORY", place.path()}};
  SpawnOptions spawn;
  spawn.environment = runtime;
  LastcallRun run({.child = {"sh", "-c", "echo at $LASTCALL_SOCKET; exec " + tiny_server().front() + " serve"}, .spawn = spawn});
  SHOW_LOG(run);
  const auto line = run.process().wait_line("^at /");
  REQUIRE(line);
  REQUIRE(run.wait_ready());
  CHECK(ctl({"status"}, {{"LASTCALL_SOCKET", line->substr(3)}}).status == exit_code(0));
  const Said found = ctl({"status"}, runtime);  // others may run on this machine, and are listed then
  CHECK((found.status == exit_code(0) || has(found.err, "--socket " + line->substr(3))));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("mistakes and absences have exit codes of their own, and say what to do") {
  TempDir directory;
  CHECK(ctl({"statsu"}).status == exit_code(64));
  CHECK(has(ctl({}).err, "lastcall: ctl needs a command"));
  const Said nobody = ctl({"status", "--socket", directory.path("none.sock")});
  CHECK(nobody.status == exit_code(69));
  CHECK(has(nobody.err, "No such file or directory; is it running?"));
  CHECK(ctl({"--help"}).status == exit_code(0));
}
