// `lastcall rehearse` with every manner that a command can have towards its stop: each gets the verdict and the advice that it deserves
// (issue 5, 8). They are played beside each other, or it would take as long as it takes to read their names.
#include <filesystem>

#include "nginx.h"
#include "rehearsals.h"

using namespace lastcall::test;

namespace {

Words quick(Words more) {
  Words words = brief({"--no-compare"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words shell(const std::string& script) { return {"/bin/bash", "-c", script}; }

}  // namespace

TEST_CASE("servers as they are: each gets the verdict on its stop signal, and the advice that helps it") {
  const Words python{"python3", "-m", "http.server", "--bind", "{host}", "{port}"};
  const std::string serve = "python3 -m http.server --bind 127.0.0.1 $PORT 2>/dev/null";
  TempDir prefix;
  prefix.write("index.html", "hello");
  const FreePort port;
  Played closes(quick({}), {"node", child_file("close_server.js")});
  Played hangs(quick({"--grace", "2s"}), {"node", child_file("close_server.js"), "hang"});
  Played plain(quick({}), python);
  Played script(quick({}), shell(serve + "; echo bye"));
  Played trap(quick({"--grace", "2s"}), shell("trap 'exit 0' TERM; " + serve));
  Played deaf(quick({"--grace", "4s"}), tiny_server({"--ignore-term"}));
  Played front(quick({"--upstream", port.address()}), nginx(prefix, port));

  {
    const Judged judged = closes.judged();
    SHOW_JUDGED(judged);
    CHECK(judged.code == 0);
    CHECK(judged.verdict("stop_signal") == "pass");
    CHECK(judged.verdict("keep_alive") == "pass");
  }
  {
    const Judged judged = hangs.judged();
    SHOW_JUDGED(judged);
    CHECK(judged.code == 1);
    CHECK(judged.json["with_lastcall"]["stop_signal_is"] == "caught");
    CHECK(judged.json["with_lastcall"]["killed"] == true);
    CHECK(says(judged.advice("stop_signal"), "end what keeps it running"));
    CHECK(judged.verdict("requests") == "pass");
  }
  {
    const Judged judged = plain.judged();
    SHOW_JUDGED(judged);
    CHECK(judged.code == 0);
    CHECK(judged.verdict("keep_alive") == "warn");
    CHECK(says(judged.finding("stop_signal")["text"], "does not handle it"));
  }
  {
    const Judged judged = script.judged();
    SHOW_JUDGED(judged);
    CHECK(judged.code == 0);
    CHECK(says(judged.finding("stop_signal")["text"], "ends its shell (bash), which does not pass it on"));
    CHECK(says(judged.advice("stop_signal"), "exec"));
    CHECK(judged.verdict("descendants") == "warn");
    CHECK(judged.verdict("requests") == "pass");  // they are drained before anybody hears of the signal
  }
  {
    const Judged judged = trap.judged();
    SHOW_JUDGED(judged);
    CHECK(judged.code == 1);
    CHECK(says(judged.advice("stop_signal"), "& and wait"));
  }
  {
    const Judged judged = deaf.judged();
    SHOW_JUDGED(judged);
    CHECK(judged.code == 1);
    CHECK(judged.verdict("stop_signal") == "fail");
    CHECK(says(judged.finding("stop_signal")["text"], "ignores SIGTERM"));
    CHECK(says(judged.finding("stop_signal")["text"], "4.00 s"));
    CHECK(says(judged.advice("stop_signal"), "--stop-signal"));
    CHECK(judged.json["with_lastcall"]["stop_signal_is"] == "ignored");
    CHECK(judged.verdict("exit_code") == "fail");
    CHECK(judged.verdict("grace") == "pass");  // lastcall itself was in time, by 400 ms on an idle machine
  }
  {
    const Judged judged = front.judged();
    SHOW_JUDGED(judged);
    CHECK(judged.code == 0);
    CHECK(judged.verdict("stop_signal") == "pass");
    CHECK(judged.verdict("requests") == "pass");
  }
  CHECK_MESSAGE(leftovers().empty(), "left behind: ", to_string(leftovers()));
}

TEST_CASE("G61: a child that closes idle connections before our pool does fails, and the advice names the option and a value that passes") {
  const auto with = [](const std::string& idle) {
    return Played({"rehearse", "--duration", "300ms", "--no-compare", "--load", "2", "--timeouts-upstream-idle", idle},
                  tiny_server({"--exit-on-term", "0", "--idle-close", "450"}));
  };
  Played longer = with("1s"), shorter = with("200ms");
  const Judged before = longer.judged();
  CHECK(before.code == 1);
  CHECK(before.verdict("keep_alive") == "fail");
  CHECK(says(before.advice("keep_alive"), "--timeouts-upstream-idle 200ms"));
  const Judged after = shorter.judged();
  CHECK(after.code == 0);
  CHECK(after.verdict("keep_alive") == "pass");
}

TEST_CASE("what a child leaves behind is found; a grace beyond the platform's limit fails; the platform's own signal is sent") {
  const Judged judged = judge(quick({"--platform", "fly", "--grace", "8s"}), tiny_server({"--exit-on-term", "0", "--stray", "quiet"}));
  CHECK(judged.code == 1);
  CHECK(judged.verdict("grace") == "fail");
  CHECK(says(judged.advice("grace"), "kill_timeout"));
  CHECK(judged.json["platform_signal"] == "SIGINT");
  CHECK(judged.json["with_lastcall"]["stop_signal"] == "SIGTERM");  // the child's own, whatever we received
  CHECK(judged.verdict("descendants") == "warn");
  CHECK(judged.json["with_lastcall"]["left_behind"] == 1);
}

TEST_CASE("G154: as on Heroku every process hears the signal, and who dies of it is told so") {
  const Judged judged = judge(quick({"--platform", "heroku"}), tiny_server());
  SHOW_JUDGED(judged);
  CHECK(judged.json["with_lastcall"]["exit_signal"] == "SIGTERM");
  CHECK(judged.verdict("stop_signal") == "warn");
  CHECK(says(judged.finding("stop_signal")["text"], "Heroku signals every process"));
}

TEST_CASE("requests that run longer than the drain are counted as lost and named, and the advice is a longer grace") {
  const Judged judged = judge(quick({"--grace", "400ms", "--load", "3", "--path", "/slow?ms=700"}), tiny_server());
  SHOW_JUDGED(judged);
  CHECK(judged.code == 1);
  CHECK(judged.verdict("requests") == "fail");
  CHECK(judged.json["with_lastcall"]["report"]["dropped_finite"] == 3);
  CHECK(says(judged.finding("requests")["text"], "GET /slow?ms=700 HTTP/1.1, had run for"));
  CHECK(says(judged.advice("requests"), "--grace"));
}

TEST_CASE("without a proxy the end of the command is rehearsed all the same") {
  Played good({"rehearse", "--duration", "100ms", "--no-proxy"}, tiny({"signals"}));
  Played deaf({"rehearse", "--duration", "100ms", "--no-proxy", "--grace", "500ms"}, shell("trap '' TERM; while :; do sleep 1; done"));
  Played script({"rehearse", "--duration", "100ms", "--no-proxy"}, shell("sleep 1000; true"));
  const Judged judged = good.judged();
  CHECK(judged.code == 0);
  CHECK(judged.verdict("stop_signal") == "pass");
  CHECK(judged.verdict("traffic") == "absent");
  CHECK(deaf.judged().code == 1);
  CHECK(says(script.judged().advice("stop_signal"), "exec"));
  CHECK_MESSAGE(leftovers().empty(), "left behind: ", to_string(leftovers()));
}

TEST_CASE("one of three copies that hangs fails the rehearsal and is counted; three in order pass") {
  // $0 is the instance.
  const Words one_hangs{"/bin/sh", "-c", "test $0 = 1 && exec \"$@\" --ignore-term; exec \"$@\" --exit-on-term 0", "{instance}"};
  const auto with = [](Words command, const Words& rest) {
    command.insert(command.end(), rest.begin(), rest.end());
    return command;
  };
  Played mixed(quick({"--instances", "3", "--grace", "1s"}), with(one_hangs, tiny_server()));
  Played good(quick({"--instances", "3"}), tiny_server({"--exit-on-term", "0"}));
  const Judged bad = mixed.judged();
  SHOW_JUDGED(bad);
  CHECK(bad.code == 1);
  CHECK(says(bad.finding("stop_signal")["text"], "ignores SIGTERM"));
  CHECK(says(bad.finding("stop_signal")["text"], "(1 of 3 copies)"));
  CHECK(bad.json["with_lastcall"]["stop_report"]["children"].size() == 3);
  CHECK(bad.verdict("requests") == "pass");
  const Judged judged = good.judged();
  SHOW_JUDGED(judged);
  CHECK(judged.code == 0);
  CHECK(judged.verdict("keep_alive") == "pass");
  CHECK(judged.verdict("stop_signal") == "pass");
  check_schema(judged.json);
  CHECK_MESSAGE(leftovers().empty(), "left behind: ", to_string(leftovers()));
}

TEST_CASE("no flood of the command's output, on either stream, can hide an event or the report, nor forge one") {
  const std::string forged = R"({"time":"x","level":"error","process":"supervisor","pid":1,"event":"child_restarting"})";
  const auto flooding = [&](const std::string& where) {
    Words words = shell("yes '" + forged + "' " + where + " & exec \"$@\"");
    words.push_back("flood");
    for (const std::string& word : tiny_server({"--exit-on-term", "0"})) words.push_back(word);
    return words;
  };
  Played out(quick({}), flooding(">&1")), err(quick({}), flooding(">&2"));
  for (Played* each : {&out, &err}) {
    const Judged judged = each->judged();
    SHOW_JUDGED(judged);
    CHECK(judged.verdict("readiness") == "pass");
    CHECK(judged.verdict("requests") == "pass");
    CHECK(judged.verdict("exit_code") != "absent");
    CHECK(!says(judged.finding("stop_signal")["text"], "started it again"));
    CHECK(judged.json["with_lastcall"]["stop_report"]["children"].size() == 1);
    CHECK(judged.json["with_lastcall"]["report"]["finished"] == 20);
    CHECK(judged.json["lastcall_said"].empty());
  }
  CHECK(rehearse({"rehearse", "--duration", "100ms", "--no-proxy"}, {"yes"}).code == 0);
}

TEST_CASE("hooks are left out, and that is said; with --run-hooks they run, and one that fails is a warning") {
  TempDir directory;
  const auto hooks = [&](const std::string& file) {
    return quick({"--hooks", "drained=/usr/bin/touch " + directory.path() + file, "--hooks", "cleanup=/bin/false"});
  };
  Words real = hooks("/real");
  real.push_back("--run-hooks");
  Played left_out(hooks("/none"), tiny_server({"--exit-on-term", "0"})), run(real, tiny_server({"--exit-on-term", "0"}));
  const Judged without = left_out.judged(), with = run.judged();
  SHOW_JUDGED(without);
  CHECK(without.code == 0);
  CHECK(without.verdict("hooks") == "note");
  CHECK(says(without.finding("hooks")["text"], "2 hooks not run"));
  CHECK(!std::filesystem::exists(directory.path() + "/none"));
  SHOW_JUDGED(with);
  CHECK(with.verdict("hooks") == "warn");
  CHECK(says(with.finding("hooks")["text"], "false (cleanup) failed: exit code 1"));
  CHECK(std::filesystem::exists(directory.path() + "/real"));
  CHECK_MESSAGE(leftovers().empty(), "left behind: ", to_string(leftovers()));
}
