// The control socket through the real binary: what the child may ask and do, what strangers may not, and that nobody who comes there can
// make a stop wait.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "controlled.h"

using namespace lastcall::test;

TEST_CASE("the child finds the socket in its environment; it is private, and gone at the end") {
  Controlled scene({}, {"sh", "-c", "stat -c 'socket %a %F' \"$LASTCALL_SOCKET\"; exec " + tiny_server().front() + " serve"});
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  CHECK(scene.run.process().wait_line("^socket 600 socket$"));
  scene.run.stop();
  CHECK_EXIT(scene.run, 0);
  CHECK(::access(scene.socket.c_str(), F_OK) != 0);
}

TEST_CASE("without the option the socket lies in a directory of its own, which goes with it") {
  TempDir place;
  SpawnOptions spawn;
  spawn.environment = {{"RUNTIME_DIRECTORY", place.path()}};
  LastcallRun run({.child = {"sh", "-c", "echo at $LASTCALL_SOCKET; exec " + tiny_server().front() + " serve"}, .spawn = spawn});
  SHOW_LOG(run);
  const auto line = run.process().wait_line("^at " + place.path() + "/lastcall-[0-9]+/control.sock$");
  REQUIRE(line);
  REQUIRE(run.wait_ready());
  CHECK(has(ask_control(line->substr(3), "GET", "/v1/state").body, "\"phase\":\"serving\""));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(::access(line->substr(3, line->rfind('/') - 3).c_str(), F_OK) != 0);
}

TEST_CASE("control: off leaves no socket and no variable") {
  LastcallRun run({.flags = {"--control", "off"}, .child = {"sh", "-c", "echo \"have [$LASTCALL_SOCKET]\"; exec " + tiny_server().front() + " serve"}});
  SHOW_LOG(run);
  CHECK(run.process().wait_line("^have \\[\\]$"));
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a command that says itself that it is ready, by POST /v1/ready, serves from then on; else nobody waits for that word") {
  Controlled late({"--ready-notify"});
  SHOW_LOG(late.run);
  REQUIRE(late.run.wait_event("child_started"));
  CHECK(late.ask("POST", "/v1/ready", R"({"instance": 7})").status == 404);
  CHECK(late.run.events("ready").empty());
  CHECK(late.ask("POST", "/v1/ready").status == 200);
  REQUIRE(late.run.wait_ready());
  CHECK(fetch(late.run.port(), "/").response.status == 200);
  late.run.stop();
  CHECK_EXIT(late.run, 0);

  Controlled usual;
  REQUIRE(usual.run.wait_ready());
  const ControlAnswer refused = usual.ask("POST", "/v1/ready");
  CHECK(refused.status == 409);
  CHECK(has(refused.body, "set ready.notify"));
  usual.run.stop();
  CHECK_EXIT(usual.run, 0);
}

TEST_CASE("a shutdown with a reason and a code of its own: one run for all who ask, and that code at the end") {
  Controlled scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  HttpClient slow(scene.run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=700"));
  // The answer to the first shows that the request is in flight or was late; either way nothing of it is lost.
  const ControlAnswer first = scene.ask("POST", "/v1/shutdown", R"({"reason":"config changed","exit_code":42})");
  CHECK(first.status == 202);
  CHECK(has(first.body, "\"shutting_down\":true"));
  const ControlAnswer second = scene.ask("POST", "/v1/shutdown", R"({"exit_code":43})");
  CHECK(second.status == 202);
  CHECK(has(second.body, "\"reason\":\"config changed\""));
  CHECK(slow.read_response().complete);
  CHECK_EXIT(scene.run, 42);
  CHECK(scene.run.wait_event("stop_requested")->text("reason") == "config changed");
}

TEST_CASE("a drain by hand serves on, can be taken back, and ends in a stop that counts from its own beginning (decision 8)") {
  Controlled scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  CHECK(has(scene.ask("POST", "/v1/drain").body, "\"draining\":true"));
  CHECK(fetch(scene.run.port(), "/").response.status == 200);
  CHECK(has(scene.ask("POST", "/v1/undrain").body, "\"phase\":\"serving\""));
  CHECK(scene.ask("POST", "/v1/drain").status == 200);
  CHECK(scene.ask("POST", "/v1/stop").status == 202);
  CHECK_EXIT(scene.run, 0);
  CHECK(scene.ask("POST", "/v1/undrain").status == 0);
}

TEST_CASE("stop now: a request in flight is not waited for; the exit code says so") {
  Controlled scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  HttpClient slow(scene.run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=8000"));
  REQUIRE(ask_until([&] { return has(scene.ask("GET", "/v1/connections").body, "GET /slow?ms=8000 HTTP/1.1"); }));
  const auto began = Clock::now();
  CHECK(scene.ask("POST", "/v1/stop", R"({"now":true})").status == 202);
  CHECK_EXIT(scene.run, 1);
  CHECK(elapsed_since(began) < 5s);
}

TEST_CASE("a drain waits for a job as for a request; a job that was never heard of again is given up by name") {
  Controlled scene({"--no-proxy"}, tiny({"wait"}));
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  CHECK(scene.ask("POST", "/v1/jobs", R"({"id":"kept","timeout":"60s"})").status == 201);
  CHECK(scene.ask("POST", "/v1/jobs", R"({"id":"lost","timeout":"200ms"})").status == 201);
  scene.run.stop();
  REQUIRE(scene.run.wait_event("job_stuck"));
  CHECK(scene.run.wait_event("job_stuck")->text("id") == "lost");
  CHECK(scene.ask("POST", "/v1/jobs", R"({"id":"late"})").status == 409);
  CHECK(scene.run.events("child_signalled").empty());
  CHECK(scene.ask("DELETE", "/v1/jobs/kept").status == 200);
  CHECK(scene.run.wait_exit());
}

TEST_CASE("a handler that was registered at run time is called on the event stream, answers, and is counted") {
  Controlled scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  TcpClient listener(connect_unix(scene.socket));
  REQUIRE(listener.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"));
  std::string heard;
  REQUIRE(listener.read_until(heard, "event: state\n") == Ending::none);
  CHECK(scene.ask("POST", "/v1/hooks", R"({"event":"drained","name":"spool","timeout":"5s"})").status == 201);
  scene.run.stop();
  REQUIRE(listener.read_until(heard, "event: hook\ndata: {\"event\":\"drained\",\"name\":\"spool\"") == Ending::none);
  CHECK(scene.run.events("child_signalled").empty());  // it waits for the answer
  CHECK(scene.ask("POST", "/v1/hooks/spool/done", R"({"flushed":12,"dropped":0})").status == 200);
  CHECK(listener.read_to_end(heard) == Ending::fin);
  CHECK_EXIT(scene.run, 0);
  CHECK(has(heard, R"("name":"spool","ms":)"));
  CHECK(has(heard, R"("flushed":12)"));
}

TEST_CASE("a handler goes with the copy of whose it was, though a helper of a moment registered it; those of the living are called, and waited for") {
  TempDir place;
  // Registers once, by a process of its own that ends at once; not again when it is started again.
  const std::string program =
      "[ -e \"$HERE/$LASTCALL_INSTANCE\" ] || { : >\"$HERE/$LASTCALL_INSTANCE\"; python3 \"$HERE/register\" \"h$LASTCALL_INSTANCE\"; }; exec \"$@\"";
  place.write("register",
              "import os, socket, sys\n"
              "body = '{\"event\":\"drained\",\"name\":\"%s\",\"timeout\":\"9s\"}' % sys.argv[1]\n"
              "s = socket.socket(socket.AF_UNIX)\n"
              "s.connect(os.environ['LASTCALL_SOCKET'])\n"
              "s.sendall(('POST /v1/hooks HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n%s' % (len(body), body)).encode())\n"
              "assert b' 201 ' in s.recv(100)\n");
  Words child{"sh", "-c", program, "sh"};
  for (const std::string& word : tiny_server()) child.push_back(word);
  RunOptions options{.flags = {"--instances", "2", "--restart-delay", "10ms", "--control", place.path("control")}, .child = child, .grace = "20s"};
  options.spawn.environment = {{"HERE", place.path()}};
  LastcallRun run(std::move(options));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("instance_ready", kPatience, 1));
  TcpClient listener(connect_unix(place.path("control")));  // as anybody may
  REQUIRE(listener.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"));
  std::string heard;
  REQUIRE(listener.read_until(heard, "event: state\n") == Ending::none);
  const auto second = run.wait_event_where("child_started", [](const Event& event) { return event.number("instance") == 1; });
  REQUIRE(second);
  REQUIRE(second->number("child_pid") > 0);
  ::kill(static_cast<int>(second->number("child_pid")), SIGKILL);
  const auto dropped = run.wait_event("hook_dropped");
  REQUIRE(dropped);
  CHECK(dropped->text("name") == "h1");
  REQUIRE(run.wait_event("ready_again"));
  run.stop();
  REQUIRE(listener.read_until(heard, "event: hook\ndata: {\"event\":\"drained\",\"name\":\"h0\"") == Ending::none);
  CHECK(run.events("child_signalled").empty());
  CHECK(ask_control(place.path("control"), "POST", "/v1/hooks/h0/done", "{}").status == 200);
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 9s);  // what h1 would have cost
  CHECK(run.events("hook_ended").size() == 1);
  CHECK(run.events("hook_dropped").size() == 1);
}

TEST_CASE("events tell a stop from its beginning to its end, with the exit code") {
  Controlled scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  TcpClient listener(connect_unix(scene.socket));
  REQUIRE(listener.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"));
  std::string heard;
  REQUIRE(listener.read_until(heard, "event: state\n") == Ending::none);
  scene.run.stop();
  CHECK(listener.read_to_end(heard) == Ending::fin);
  CHECK_EXIT(scene.run, 0);
  std::size_t at = 0;
  for (const char* phase : {"draining", "stopping", "flushing", "exiting"}) {
    const std::size_t next = heard.find("event: phase\ndata: {\"phase\":\"" + std::string(phase) + "\"", at);
    CHECK_MESSAGE(next != heard.npos, "no event of the phase ", phase);
    at = next == heard.npos ? at : next;
  }
  CHECK(has(heard.substr(at), "\"exit_code\":0"));
}

TEST_CASE("a stranger is refused and logged; the child's user may not do what is the operator's") {
  if (!is_root()) return;  // nobody else can be played
  Controlled scene({"--user", "daemon"}, {"sh", "-c",
                                     "curl -s -o /dev/null -w 'state %{http_code}\\n' --unix-socket \"$LASTCALL_SOCKET\" http://x/v1/state;"
                                     "curl -s -o /dev/null -w 'drain %{http_code}\\n' -X POST --unix-socket \"$LASTCALL_SOCKET\" http://x/v1/drain;"
                                     "exec " + tiny_server().front() + " serve"});
  SHOW_LOG(scene.run);
  CHECK(scene.run.process().wait_line("^state 200$"));
  CHECK(scene.run.process().wait_line("^drain 403$"));
  REQUIRE(scene.run.wait_ready());
  const auto refused = scene.run.wait_event("control_refused");
  REQUIRE(refused);
  CHECK(refused->text("path") == "/v1/drain");
  REQUIRE(::chmod(scene.socket.c_str(), 0666) == 0);  // even then
  Process stranger(SpawnOptions{.argv = {"setpriv", "--reuid=games", "--clear-groups", "curl", "-s", "--unix-socket", scene.socket, "http://x/v1/state"}});
  CHECK(stranger.wait_exit() != ExitStatus{false, 0});
  CHECK(scene.run.wait_event_where("control_refused", [](const Event& event) { return event.text("why") != ""; }));
  scene.run.stop();
  CHECK_EXIT(scene.run, 0);
}

TEST_CASE("64 silent clients, 64 slow ones and a flood of 10,000 keep nobody out and delay no stop") {
  Controlled scene;
  SHOW_LOG(scene.run);
  REQUIRE(scene.run.wait_ready());
  std::vector<Fd> held;
  for (int i = 0; i < 64; ++i) held.push_back(connect_unix(scene.socket));
  for (int i = 0; i < 64; ++i) {
    held.push_back(connect_unix(scene.socket));
    if (held.back()) (void)::write(held.back().get(), "GET /v1/sta", 11);
  }
  CHECK(has(scene.ask("GET", "/v1/state").body, "\"phase\":\"serving\""));
  // One process more, which does nothing but connect; it goes on through the whole stop.
  Process flood(SpawnOptions{.argv = {"python3", "-c",
                                      "import socket, sys\nkept = []\nprint('begun', flush=True)\nfor i in range(10000):\n"
                                      "  s = socket.socket(socket.AF_UNIX); s.settimeout(5)\n"
                                      "  try: s.connect(sys.argv[1])\n  except OSError: break\n"
                                      "  kept = kept[-200:] + [s]\nprint('tried', i + 1, flush=True)",
                                      scene.socket}});
  REQUIRE(flood.wait_line("begun"));
  CHECK(scene.ask("GET", "/v1/state").status == 200);
  scene.run.stop();
  CHECK_EXIT(scene.run, 0);
  CHECK(scene.run.since_stop() < 3s);
  CHECK(flood.wait_line("tried"));
}
