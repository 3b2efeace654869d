// The stop as a whole: its order, its length, and what may disturb it (P64 to P68, P73, P75, P90, P95).
#include <cerrno>
#include <csignal>

#include "spawn_init.h"

using namespace lastcall::test;

namespace {

bool refused(std::uint16_t port) { return TcpClient(port, 5s).error() == ECONNREFUSED; }

std::int64_t t0_ms(LastcallRun& run, const std::string& event) {
  const auto found = run.wait_event(event);
  return found ? found->number("t0_ms") : -1;
}

std::int64_t phase_at(LastcallRun& run, const std::string& phase) {
  const auto found = run.wait_event_where("phase", [&](const Event& event) { return event.text("phase") == phase; });
  return found ? found->number("t0_ms") : -1;
}

}  // namespace

TEST_CASE("the whole order: accepting through the lame duck, then closed, drained, the child's signal only then, KILL at the end (P64)") {
  LastcallRun run({.flags = {"--lame-duck", "600ms", "--drain-timeout", "1200ms", "--stop-timeout", "600ms"},
                   .child = tiny_server({"--log-term"}),
                   .grace = "4s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient slow(run.port()), endless(run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=1200"));
  REQUIRE(endless.send_request("GET", "/slow?ms=60000"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  REQUIRE(run.wait_event("stop_requested"));
  CHECK(fetch(run.port(), "/").response.status == 200);  // (b)
  REQUIRE(run.wait_event("listener_closed"));
  CHECK(refused(run.port()));  // (a)
  const Exchange answer = slow.read_response();
  CHECK(answer.response.status == 200);  // (c)
  CHECK(run.events("child_signalled").empty());
  CHECK_EXIT(run, 137);
  // With times of the machine's own between: never early, at most a quarter of a second late.
  const auto about = [&](std::int64_t actual, std::int64_t wanted) {
    INFO("at ", actual, ", wanted ", wanted);
    CHECK(actual >= wanted);
    CHECK(actual <= wanted + 250);
  };
  about(phase_at(run, "draining"), 600);
  about(t0_ms(run, "child_signalled"), 1800);  // (d): at the drain's deadline, because one request never ends
  about(t0_ms(run, "child_killed"), 3500);     // (e): T_kill is the grace less margin and reserve, a quarter of a second each
  CHECK(run.since_stop() <= 4s + kLeakCheck);
}

TEST_CASE("connections that nobody had accepted at the stop are answered, every one, and none is reset (P65)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const int worker = run.worker_pid();
  ::kill(worker, SIGSTOP);
  std::vector<std::unique_ptr<HttpClient>> queued;
  for (int i = 0; i < 40; ++i) {
    queued.push_back(std::make_unique<HttpClient>(run.port()));
    REQUIRE(queued.back()->send_request("GET", "/"));
  }
  run.stop();
  REQUIRE(run.wait_event("stop_requested"));
  ::kill(worker, SIGCONT);
  int answered = 0;
  for (const auto& client : queued) {
    const Exchange answer = client->read_response();
    answered += answer.complete && answer.response.status == 200 && answer.response.says_close();
    CHECK(answer.ending != Ending::reset);
  }
  CHECK(answered == 40);
  CHECK_EXIT(run, 0);
}

TEST_CASE("a stop ends when its work is done, and sleeps out neither the drain nor the grace (P66)") {
  LastcallRun run({.child = tiny_server(), .grace = "60s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient slow(run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=300"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK(slow.read_response().response.status == 200);
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 2500ms);  // a second of it is what an idle connection may still speak in
}

TEST_CASE("a child that ends while nobody asks anything: the listener is closed, no connection is taken to its death (P68)") {
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient idle(run.port());
  CHECK(idle.request("GET", "/").response.status == 200);
  ::kill(run.child_pids().front(), SIGKILL);
  CHECK(idle.wait_end() == Ending::fin);
  CHECK_EXIT(run, 137);
  CHECK(refused(run.port()));
  CHECK(run.wait_event("report")->number("dropped_finite") == 0);
}

TEST_CASE("and with a restart policy the listener stays: who comes meanwhile is answered by the next one (P68)") {
  LastcallRun run({.flags = {"--restart-policy", "always", "--restart-delay", "300ms"}, .child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  ::kill(run.child_pids().front(), SIGKILL);
  REQUIRE(run.wait_event("child_exited"));
  const Exchange answer = fetch(run.port(), "/");
  CHECK((answer.response.status == 200 || answer.response.status == 503));
  REQUIRE(run.wait_event("ready_again"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("nothing makes the whole stop longer than its parts together: lame duck, drain, the child's time, the reserve (P73)") {
  LastcallRun run({.flags = {"--lame-duck", "200ms", "--drain-timeout", "500ms", "--stop-timeout", "500ms"},
                   .child = tiny_server({"--ignore-term", "--stray", "stubborn"}),
                   .grace = "3s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient endless(run.port());
  REQUIRE(endless.send_request("GET", "/slow?ms=60000"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK_EXIT(run, 137);
  CHECK(run.since_stop() <= 3s + kLeakCheck);
}

TEST_CASE("a grace that the platform never gives is warned of at the start, with what to do; one that it may give is no warning (P73)") {
  struct Row {
    std::string variable, grace, level;
  };
  for (const Row& row : {Row{"K_SERVICE", "30s", "warning"}, Row{"KUBERNETES_SERVICE_HOST", "40s", "info"}, Row{"K_SERVICE", "10s", ""}}) {
    CAPTURE(row.variable);
    RunOptions options{.flags = {"--no-proxy"}, .child = {"true"}, .grace = row.grace, .listen = false};
    options.spawn.environment[row.variable] = "x";
    LastcallRun run(options);
    SHOW_LOG(run);
    CHECK_EXIT(run, 0);
    const auto told = run.events("grace_beyond_platform");
    REQUIRE(told.size() == (row.level.empty() ? 0 : 1));
    if (told.empty()) continue;
    CHECK(told.front().text("level") == row.level);
    CHECK(told.front().text("grace") == row.grace);
    CHECK_FALSE(told.front().text("hint").empty());
  }
}

TEST_CASE("a manager that signals the child with us: clients are answered, and its death by a signal that was not ours is its own (P75, G154)") {
  // lastcall hears of the stop and of the child's death in the same moment: whoever stops us must not signal it (decision 7).
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient slow(run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=60000"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  const int child = run.child_pids().front();
  run.process().signal(SIGSTOP);
  ::kill(child, SIGTERM);
  run.stop();
  run.process().signal(SIGCONT);
  const Exchange answer = slow.read_response();
  CHECK((answer.response.status == 502 || answer.response.status == 503));
  CHECK_EXIT(run, 143);
  CHECK(run.events("child_killed").empty());

  // The shipped unit asks systemd not to (KillMode=mixed).
  const std::string unit = read_file(std::string(LASTCALL_CHILDREN) + "/../../../systemd/lastcall@.service");
  CHECK(unit.find("\nKillMode=mixed\n") != std::string::npos);
}

TEST_CASE("a child that drains by itself when it is signalled behind our back finishes its requests (P75)") {
  LastcallRun run(run_node("express_close.js"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/").response.status == 200);
  for (const int pid : run.child_pids()) ::kill(pid, SIGTERM);
  run.stop();
  CHECK(run.wait_exit().has_value());
  CHECK(run.wait_event("report")->number("dropped_finite") == 0);
  CHECK(leftovers().empty());
}

TEST_CASE("both signalled at once: 8 of 8 in flight finish, 8 new ones are told 503 with Retry-After and not 502, no second signal (G154)") {
  LastcallRun run({.flags = {"--lame-duck", "3s"}, .child = node("polite_server.js"), .grace = "20s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  std::vector<HttpClient> running;
  for (int i = 0; i < 8; ++i) {
    running.emplace_back(run.port());
    REQUIRE(running.back().send_request(i % 2 == 0 ? "GET" : "POST", "/slow?ms=1500"));
  }
  CHECK(fetch(run.port(), "/").response.status == 200);  // so the others are at the child
  ::kill(run.child_pids().front(), SIGTERM);
  run.stop();
  REQUIRE(run.process().wait_line("^signalled 1$"));
  int told = 0, served = 0;  // one connection to the child may still have been open for the first of them
  for (int i = 0; i < 8; ++i) {
    const Exchange late = fetch(run.port(), "/");
    INFO("late request ", i, ": ", late.response.status);
    CHECK((late.response.status == 200 || late.response.status == 503));
    served += late.response.status == 200;
    told += late.response.status == 503 && !late.response.header("retry-after").empty();
  }
  CHECK(told + served == 8);
  CHECK(served <= 1);
  int finished = 0;
  for (HttpClient& client : running) finished += client.read_response().response.status == 200;
  CHECK(finished == 8);
  CHECK_EXIT(run, 0);
  CHECK(run.events("child_signalled").empty());
  CHECK(run.log().find("signalled 2") == std::string::npos);
}

TEST_CASE("an idle lastcall keeps to its memory: 8 MB of its own as an init, and the kernel's killer takes the child first (P90)") {
  LastcallRun run(init(tiny({"wait"}), {"--oom-score-adj", "500"}));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  const auto kilobytes = [&](int pid, const std::string& name) {
    const std::string all = read_file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    const std::size_t at = all.find("\n" + name + ":");
    return at == all.npos ? -1L : std::stol(all.substr(at + name.size() + 2));
  };
  const long ours = kilobytes(run.supervisor_pid(), "Private_Dirty") + kilobytes(run.supervisor_pid(), "Private_Clean");
  MESSAGE("private memory of the supervisor: ", ours, " kB, Pss ", kilobytes(run.supervisor_pid(), "Pss"), " kB");
  CHECK(ours > 0);
  if (!kSanitized) CHECK(ours < 8 * 1024);
  const auto score = [](int pid) { return std::stoi(read_file("/proc/" + std::to_string(pid) + "/oom_score_adj")); };
  CHECK(score(run.supervisor_pid()) <= score(run.child_pids().front()));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a wall clock that jumps by hours fires no deadline and holds none up: grace, back-off and readiness (P95, P69)") {
  const auto jumping = [](RunOptions options) {
    options.spawn.environment["LD_PRELOAD"] = LASTCALL_CLOCK_JUMP;
    options.spawn.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0";  // theirs wants to be the first
    return options;
  };
  {
    LastcallRun run(jumping(init(tiny_server({"--no-listen", "--ignore-term"}), {}, "2s")));
    SHOW_LOG(run);
    REQUIRE(run.process().wait_line("^not listening$"));
    run.stop();
    CHECK_EXIT(run, 137);
    CHECK(run.since_stop() >= 1700ms);  // T_kill: 2 s less twice 100 ms, and 100 ms less for a busy machine's log
    CHECK(run.since_stop() <= 2000ms + kLeakCheck);
    // The control: two lines of this log are hours apart.
    std::string first, second;
    for (const std::string& line : run.process().err().all())
      if (const auto event = parse_event(line)) (first.empty() ? first : second) = event->text("time").substr(0, 13);
    if (first == second) MESSAGE("the binary is static: its clock can't be made to jump");
  }
  LastcallRun run(jumping({.flags = {"--restart-policy", "on-failure", "--restart-delay", "400ms"},
                           .child = tiny_server(),
                           .grace = "5s"}));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  ::kill(run.child_pids().front(), SIGKILL);
  const auto since = Clock::now();
  const auto planned = run.wait_event("child_restarting");
  REQUIRE(planned);
  REQUIRE(run.wait_event("ready_again"));
  CHECK(elapsed_since(since) >= Milliseconds(planned->number("in_ms")));
  CHECK(elapsed_since(since) < 3s);
  HttpClient slow(run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=500"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK(slow.read_response().response.status == 200);
  CHECK_EXIT(run, 0);
}

TEST_CASE("Fly.io's TERM after its INT leaves two seconds: what would have waited longer is given up in order; elsewhere it changes nothing (G156)") {
  for (const bool fly : {true, false}) {
    CAPTURE(fly);
    RunOptions options{.child = tiny_server(), .grace = "8s"};
    if (fly) options.spawn.environment["FLY_MACHINE_ID"] = "148e";
    LastcallRun run(options);
    SHOW_LOG(run);
    REQUIRE(run.wait_ready());
    HttpClient slow(run.port());
    REQUIRE(slow.send_request("GET", fly ? "/slow?ms=60000" : "/slow?ms=2500"));
    CHECK(fetch(run.port(), "/").response.status == 200);
    run.stop(SIGINT);
    REQUIRE(run.wait_event("stop_requested"));
    run.process().signal(SIGTERM);
    if (!fly) CHECK(slow.read_response().response.status == 200);
    CHECK_EXIT(run, fly ? 1 : 0);
    CHECK(run.events("stop_confirmed").size() == (fly ? 1 : 0));
    if (fly) CHECK(run.since_stop() < 2500ms);
    CHECK(run.events("child_killed").empty());
  }
}
