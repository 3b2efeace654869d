// Hooks around a real child: when they run, what they are told, and that none of them, however it misbehaves, moves the exit.
#include <algorithm>
#include <csignal>

#include "e2e.h"

using namespace lastcall::test;

namespace {

// A configuration file with these hooks.
class Hooked {
 public:
  explicit Hooked(const std::string& hooks) : config_(dir_.write("lastcall.yaml", hooks)) {}
  std::string diary() const { return dir_.path("diary"); }
  RunOptions around(const Words& child, const std::string& grace = "10s") const {
    RunOptions options{.flags = {"--config", config_}, .child = child, .grace = grace};
    options.spawn.environment = {{"DIARY", diary()}};
    return options;
  }

 private:
  TempDir dir_;
  std::string config_;
};

std::string sh(const std::string& on, const std::string& name, const std::string& program, const std::string& more = "") {
  return "  - {on: " + on + ", name: " + name + ", run: [/bin/sh, -c, '" + program + "']" + more + "}\n";
}

std::string ends(LastcallRun& run) {
  std::string text;
  for (const Event& event : run.events("hook_ended")) text += event.text("name") + ":" + event.text("end") + " ";
  return text;
}

}  // namespace

TEST_CASE("hooks come at their turns, cleanup in reverse, and the child's stop signal waits for the drained ones") {
  Hooked files("hooks:\n" + sh("started", "s", "echo s >>$DIARY") + sh("draining", "t0", "echo t0 $LASTCALL_SIGNAL >>$DIARY") +
               sh("drained", "d1", "echo d1 >>$DIARY") + sh("drained", "d2", "echo d2 $LASTCALL_IN_FLIGHT >>$DIARY") +
               sh("cleanup", "c1", "echo c1 >>$DIARY") + sh("cleanup", "c2", "echo c2 >>$DIARY") +
               sh("exit", "e", "echo e $LASTCALL_EXIT_CODE >>$DIARY"));
  LastcallRun run(files.around(tiny_server()));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  REQUIRE(run.wait_event("hook_ended"));
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=500"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK(client.read_response().complete);
  CHECK_EXIT(run, 0);
  CHECK(read_file(files.diary()) == "s\nt0 SIGTERM\nd1\nd2 0\nc2\nc1\ne 0\n");
  std::string order;
  for (const Event& event : run.events())
    if (event.name == "child_signalled" || event.name == "child_exited" || event.name == "hook_ended") order += event.name == "hook_ended" ? event.text("name") + " " : event.name + " ";
  CHECK(order == "s t0 d1 d2 child_signalled child_exited c2 c1 e ");
}

TEST_CASE("a hook that fails, hangs, floods or disappears is told by name; the next runs, and the exit is in time (P79)") {
  Hooked files("hooks:\n" + sh("drained", "fails", "exit 3") + sh("drained", "hangs", "trap \"\" TERM; sleep 100 & sleep 100", ", timeout: 300ms") +
               sh("drained", "floods", "yes", ", timeout: 300ms") + sh("drained", "works", "echo works >>$DIARY") +
               sh("cleanup", "hangs-too", "sleep 100"));
  LastcallRun run(files.around(tiny_server(), "5s"));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(ends(run) == "fails:failed hangs:timed_out floods:timed_out works:done hangs-too:timed_out ");
  CHECK(read_file(files.diary()) == "works\n");
  CHECK(run.since_stop() < 5s);
  CHECK(run.log().size() < 100'000);
}

TEST_CASE("what drained hooks flush is summed into the report") {
  Hooked files("hooks:\n" + sh("drained", "a", "echo {\\\"flushed\\\": 4, \\\"dropped\\\": 1}") + sh("drained", "b", "echo {\\\"flushed\\\": 3}"));
  LastcallRun run(files.around(tiny_server()));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.wait_event("report")->number("buffers_flushed") == 7);
  CHECK(run.wait_event("report")->number("buffers_dropped") == 1);
}

TEST_CASE("an HTTP hook asks the command's own server before its stop signal; one that nobody answers is told so") {
  Hooked files("hooks:\n  - {on: drained, name: ask, http: POST /flush}\n  - {on: cleanup, name: nobody, http: 'POST http://127.0.0.1:1/x'}\n");
  LastcallRun run(files.around(tiny_server()));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(ends(run) == "ask:done nobody:failed ");
}

TEST_CASE("a crash is told with the command's code, and the exit code stays the command's") {
  Hooked files("hooks:\n" + sh("crashed", "c", "echo $LASTCALL_EVENT $LASTCALL_EXIT_CODE >>$DIARY") + sh("exit", "e", "exit 1"));
  RunOptions options = files.around({"/bin/sh", "-c", "exit 7"});
  options.flags.push_back("--no-proxy");
  options.listen = false;
  LastcallRun run(options);
  SHOW_LOG(run);
  CHECK_EXIT(run, 7);
  CHECK(read_file(files.diary()) == "crashed 7\n");
}

TEST_CASE("a copy killed or stopped by hand has not crashed; one that dies by itself has, and each start is told with its copy") {
  Hooked files("hooks:\n" + sh("crashed", "c", "echo crashed $LASTCALL_INSTANCE $LASTCALL_EXIT_CODE >>$DIARY") +
               sh("started", "s", "echo started $LASTCALL_INSTANCE.$LASTCALL_RESTARTS >>$DIARY"));
  RunOptions options = files.around(tiny({"wait"}));
  options.listen = false;
  options.flags.insert(options.flags.end(), {"--no-proxy", "--instances", "3", "--restart-delay", "10ms", "--control", files.diary() + ".socket"});
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.wait_event("hook_ended", kPatience, 2));
  const auto ctl = [&](const Words& words) {
    Words argv{lastcall_binary(), "ctl", "--socket", files.diary() + ".socket"};
    argv.insert(argv.end(), words.begin(), words.end());
    Process process({.argv = argv});
    CHECK(process.wait_exit() == (ExitStatus{false, 0}));
  };
  ctl({"kill", "--instance", "1"});
  REQUIRE(run.wait_event("hook_ended", kPatience, 3));
  ctl({"stop", "--instance", "2"});
  REQUIRE(run.wait_event("instance_gone"));
  ::kill(static_cast<int>(run.events("child_started").front().number("child_pid")), SIGKILL);
  REQUIRE(run.wait_event("hook_ended", kPatience, 5));
  run.stop();
  CHECK_EXIT(run, 0);
  const std::string told = read_file(files.diary());
  CHECK(told.starts_with("started 0.0\nstarted 1.0\nstarted 2.0\nstarted 1.1\n"));
  CHECK(told.find("crashed 0 137\n") != std::string::npos);  // beside the next start
  CHECK(told.find("started 0.1\n") != std::string::npos);
  CHECK(std::count(told.begin(), told.end(), '\n') == 6);
  CHECK(run.events("hook_ended").back().number("instance") == 0);
}

TEST_CASE("what a hook leaves behind is killed as it ends or is cut, wherever it went, and is never taken for the command's (P79)") {
  const std::string daemon = "(setsid sh -c \"echo \\$\\$ >>$DIARY; exec sleep 1000\" >/dev/null 2>&1 &); until test -s $DIARY; do sleep 0.01; done";
  Hooked files("hooks:\n" + sh("started", "leaves", daemon) + sh("draining", "hangs", "rm $DIARY; " + daemon + "; sleep 1000", ", timeout: 1s"));
  LastcallRun run(files.around(tiny_server({"--stray", "quiet"})));
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  const auto gone = [](int pid) { return pid > 0 && ::kill(pid, 0) != 0; };
  REQUIRE(run.wait_event("hook_ended"));
  const int left = std::stoi(read_file(files.diary()));
  CHECK(run.process().wait_until([&] { return gone(left); }));
  const std::size_t at = run.log().find("stray ");
  REQUIRE(at != std::string::npos);
  const int stray = std::stoi(run.log().substr(at + 6));
  CHECK_FALSE(gone(stray));  // the command's own
  run.stop();
  REQUIRE(run.wait_event("child_exited"));
  const auto told = run.wait_event("descendants_signalled");  // while the hook's daemon lives
  REQUIRE(told);
  CHECK(told->number("count") == 1);
  CHECK(run.events("hook_ended").size() == 1);
  CHECK_EXIT(run, 0);
  CHECK(ends(run) == "leaves:done hangs:timed_out ");
  CHECK(gone(std::stoi(read_file(files.diary()))));
}

TEST_CASE("the report is one JSON file: phases, hooks, buffers and the exit") {
  Hooked files("hooks:\n" + sh("drained", "d", "echo {\\\"flushed\\\": 2}") + sh("cleanup", "c", "exit 9"));
  RunOptions options = files.around(tiny_server());
  options.flags.insert(options.flags.end(), {"--report", files.diary() + ".json"});
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
  const std::string report = read_file(files.diary() + ".json");
  INFO(report);
  const std::string program =
      "import json, sys, jsonschema\n"
      "schema, report = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))\n"
      "jsonschema.Draft7Validator.check_schema(schema)\n"
      "jsonschema.validate(report, schema)\n"
      "assert report['buffers'] == {'flushed': 2, 'dropped': 0}, report['buffers']\n"
      "assert [(h['name'], h['end']) for h in report['hooks']] == [('d', 'done'), ('c', 'failed')], report['hooks']\n"
      "assert 'emptying' in [p['phase'] for p in report['phases']], report['phases']\n"
      "assert [c['instance'] for c in report['children']] == [0] and report['children'][0]['stop_signal'] == 'SIGTERM'\n"
      "assert report['exit']['code'] == 0 and report['request']['signal'] == 'SIGTERM'\n"
      "for wrong in ({**report, 'exit': None}, {**report, 'more': 1}, {**report, 'hooks': [{}]}):\n"
      "    try: jsonschema.validate(wrong, schema)\n"
      "    except jsonschema.ValidationError: continue\n"
      "    sys.exit('the schema allows anything')\n";
  Process python({.argv = {"python3", "-c", program, child_file("../../../docs/report.schema.json"), files.diary() + ".json"}});
  const auto status = python.wait_exit();
  CHECK_MESSAGE(status == (ExitStatus{false, 0}), python.output());
}

TEST_CASE("a mistake in a hook is told before anything runs") {
  const auto refused = [](const std::string& hooks, const std::string& wanted) {
    Hooked files("hooks:\n" + hooks);
    LastcallRun run(files.around(tiny_server()));
    SHOW_LOG(run);
    CHECK_EXIT(run, 78);
    CHECK_MESSAGE(run.log().find(wanted) != std::string::npos, "wanted: ", wanted);
  };
  refused("  - {on: draned, run: [/bin/true]}\n", "did you mean drained?");
  refused("  - {on: drained, run: []}\n", "the command is empty");
  refused("  - {on: drained, run: [/etc/passwd]}\n", "/etc/passwd");
  refused("  - {on: drained, run: [no-such-program]}\n", "no-such-program");
}
