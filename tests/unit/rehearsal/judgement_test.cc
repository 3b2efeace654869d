#include "rehearsal/judgement.h"

#include <doctest/doctest.h>

#include "measurements.h"

namespace lastcall::rehearsal::test {
namespace {

const Finding& judged(const Case& made, const std::string& name) {
  static Judgement judgement;
  judgement = judge(made.measured, made.expected);
  const Finding* found = find(judgement, name);
  REQUIRE(found != nullptr);
  return *found;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a command in best order passes every question, and nobody is told to change anything") {
  const Case made = healthy();
  const Judgement judgement = judge(made.measured, made.expected);
  CHECK(judgement.passed);
  CHECK(judgement.findings.size() == 9);
  for (const Finding& each : judgement.findings) {
    CAPTURE(each.name);
    CHECK(each.verdict == Verdict::pass);
    CHECK(each.advice.empty());
    CHECK(!each.text.empty());
  }
}

TEST_CASE("whoever falls short is told what to do, with every finding that is no pass") {
  for (const Case& made : troubles()) {
    const Judgement judgement = judge(made.measured, made.expected);
    int short_of = 0;
    for (const Finding& each : judgement.findings) {
      CAPTURE(each.text);
      if (each.verdict < Verdict::warn) continue;
      ++short_of;
      CHECK(!each.advice.empty());
    }
    CHECK(short_of > 0);
  }
}

TEST_CASE("a warning fails a strict rehearsal only, a failure fails every one") {
  Case warned = healthy();
  warned.measured.wrapped.left_behind = 1;
  CHECK(judge(warned.measured, warned.expected).passed);
  warned.expected.strict = true;
  CHECK(!judge(warned.measured, warned.expected).passed);
  Case failed = healthy();
  failed.measured.wrapped.after.reset = 1;
  CHECK(!judge(failed.measured, failed.expected).passed);
  Case strict = healthy();
  strict.expected.strict = true;
  CHECK(judge(strict.measured, strict.expected).passed);
}

TEST_CASE("a child that ignores its stop signal: the advice names the signal and says that a longer grace won't help") {
  Case made = healthy();
  made.measured.wrapped.killed = true;
  made.measured.wrapped.manner = os::SignalDisposition::ignored;
  const Finding& found = judged(made, "stop_signal");
  CHECK(found.verdict == Verdict::fail);
  CHECK(says(found.text, "ignores SIGTERM"));
  CHECK(says(found.text, "10.0 s"));
  CHECK(says(found.advice, "--stop-signal"));
  CHECK(says(found.advice, "a longer grace would not help"));
}

TEST_CASE("a child that hears its stop signal and is too slow is told of the grace") {
  Case made = healthy();
  made.measured.wrapped.killed = true;
  const Finding& found = judged(made, "stop_signal");
  CHECK(found.verdict == Verdict::fail);
  CHECK(says(found.advice, "--grace"));
}

TEST_CASE("dying of the stop signal at once is no handler, whatever the mask of the runtime says; dying of it later is one") {
  Case made = healthy();
  made.measured.wrapped.end = core::ChildEnd{.by_signal = true, .value = 15};
  for (const auto manner : {os::SignalDisposition::default_action, os::SignalDisposition::caught, os::SignalDisposition::unknown}) {
    made.measured.wrapped.manner = manner;
    made.measured.wrapped.stop_time = milliseconds(3);
    CHECK(judged(made, "stop_signal").verdict == Verdict::warn);
    made.measured.wrapped.stop_time = milliseconds(600);
    CHECK(judged(made, "stop_signal").verdict == (manner == os::SignalDisposition::caught ? Verdict::pass : Verdict::warn));
  }
}

TEST_CASE("ending with 0 or with 128 + the stop signal is in order, another code is not, and a crash fails") {
  Case made = healthy();
  const auto verdict = [&](bool by_signal, int value) {
    made.measured.wrapped.end = core::ChildEnd{.by_signal = by_signal, .value = value};
    return judged(made, "stop_signal").verdict;
  };
  CHECK(verdict(false, 0) == Verdict::pass);
  CHECK(verdict(false, 143) == Verdict::pass);
  CHECK(verdict(false, 3) == Verdict::warn);
  CHECK(verdict(true, 11) == Verdict::fail);
}

TEST_CASE("a child that ends before it was asked to, or again and again, fails, and the questions about its stop do not arise") {
  Case made = healthy();
  made.measured.wrapped.stopped_by_us = false;
  made.measured.wrapped.end = core::ChildEnd{.by_signal = true, .value = 11};
  CHECK(judged(made, "stop_signal").verdict == Verdict::fail);
  CHECK(says(judged(made, "stop_signal").text, "SIGSEGV"));
  const Judgement judgement = judge(made.measured, made.expected);
  for (const std::string name : {"stop_time", "requests", "descendants", "exit_code", "grace"}) CHECK(find(judgement, name) == nullptr);
  made = healthy();
  made.measured.wrapped.restarts = 1;
  CHECK(judged(made, "stop_signal").verdict == Verdict::fail);
}

TEST_CASE("an end that nobody told us of is no pass") {
  Case made = healthy();
  made.measured.wrapped.end.reset();
  CHECK(judged(made, "stop_signal").verdict == Verdict::fail);
  CHECK(says(judged(made, "stop_signal").advice, "report this"));
}

TEST_CASE("G154: on Heroku the platform's own signal may end it before ours; anywhere else such an end is a crash") {
  Case made = healthy();
  made.measured.wrapped.stop_signal = 0;
  made.expected.platform = "heroku";
  CHECK(judged(made, "stop_signal").verdict == Verdict::pass);
  made.measured.wrapped.end = core::ChildEnd{.by_signal = true, .value = 15};
  CHECK(judged(made, "stop_signal").verdict == Verdict::warn);
  CHECK(says(judged(made, "stop_signal").text, "signals every process"));
  CHECK(says(judged(made, "stop_signal").advice, "handle SIGTERM"));
  made.measured.wrapped.end = core::ChildEnd{.by_signal = false, .value = 3};
  CHECK(judged(made, "stop_signal").verdict == Verdict::warn);
  made.expected.platform = "docker";
  CHECK(judged(made, "stop_signal").verdict == Verdict::fail);
  CHECK(says(judged(made, "stop_signal").text, "during the drain"));
}

TEST_CASE("a stop time that fits the rehearsal but not a full drain is a warning, with a value that has room") {
  Case made = healthy();
  made.measured.wrapped.stop_time = milliseconds(2500);
  CHECK(judged(made, "stop_time").verdict == Verdict::pass);
  made.measured.wrapped.stop_time = milliseconds(2501);
  CHECK(judged(made, "stop_time").verdict == Verdict::warn);
  CHECK(says(judged(made, "stop_time").advice, "--stop-timeout 4s"));
  made.expected.limit = seconds(5);
  made.expected.limit_setting = "kill_timeout";
  CHECK(says(judged(made, "stop_time").advice, "--stop-timeout 4s and a --grace in which it fits, raise kill_timeout with it"));
  made.expected.limit_setting.clear();
  CHECK(judged(made, "stop_time").advice == "let it end sooner: docker gives 5.00 s and no more");
  made.expected.child_at_least = kInfinite;
  CHECK(judged(made, "stop_time").verdict == Verdict::pass);
}

TEST_CASE("a grace beyond the limit of the platform that was named fails, and where the limit can be raised, that is said") {
  Case made = healthy();
  made.expected.limit = seconds(5);
  CHECK(judged(made, "grace").verdict == Verdict::fail);
  CHECK(says(judged(made, "grace").advice, "--grace 5s, or raise docker stop --time"));
  made.expected.limit_setting.clear();
  CHECK(judged(made, "grace").advice == "set --grace 5s");
  made.expected.grace = kInfinite;
  CHECK(judged(made, "grace").verdict == Verdict::fail);
  made.expected.limit.reset();
  CHECK(judged(made, "grace").verdict == Verdict::pass);
}

TEST_CASE("the measured stop is held against the limit: beyond it fails, little room warns, and a kill is not blamed twice") {
  Case made = healthy();
  const auto verdict = [&](Duration total) {
    made.measured.wrapped.total = total;
    return judged(made, "grace").verdict;
  };
  CHECK(verdict(seconds(8)) == Verdict::pass);
  CHECK(verdict(milliseconds(8001)) == Verdict::warn);
  CHECK(says(judged(made, "grace").advice, "raise docker stop --time and --grace together"));
  CHECK(verdict(milliseconds(10'001)) == Verdict::fail);
  made.measured.wrapped.killed = true;
  CHECK(verdict(seconds(9)) == Verdict::pass);
}

TEST_CASE("what is left behind warns, and one process is called one") {
  Case made = healthy();
  made.measured.wrapped.left_behind = 1;
  CHECK(judged(made, "descendants").verdict == Verdict::warn);
  CHECK(says(judged(made, "descendants").text, "one process"));
}

TEST_CASE("another exit code than 0 is said with its reason, and fails where the command had to be killed") {
  Case made = healthy();
  made.measured.wrapped.exit_code = 3;
  made.measured.wrapped.exit_reason = "the child ended so";
  CHECK(judged(made, "exit_code").verdict == Verdict::warn);
  CHECK(says(judged(made, "exit_code").text, "3: the child ended so"));
  made.measured.wrapped.killed = true;
  CHECK(judged(made, "exit_code").verdict == Verdict::fail);
}

TEST_CASE("a shell that does not pass its signal on is told of exec; one whose trap waits is told of & and wait") {
  Case made = healthy();
  RunFigures& run = made.measured.wrapped;
  run.program = "dash";
  run.end = core::ChildEnd{.by_signal = true, .value = 15};
  run.stop_time = milliseconds(1);
  run.left_behind = 1;
  CHECK(says(judged(made, "stop_signal").text, "(dash)"));
  CHECK(says(judged(made, "stop_signal").advice, "exec"));
  run.killed = true;
  CHECK(says(judged(made, "stop_signal").advice, "& and wait"));
  run.program = "node";
  CHECK(!says(judged(made, "stop_signal").advice, "shell"));
}

TEST_CASE("with several copies it is said how many had to be killed") {
  Case made = healthy();
  made.measured.wrapped.killed = true;
  made.measured.wrapped.stop = StopReport{.text = "{}", .copies = std::vector<CopyEnd>(3)};
  made.measured.wrapped.stop->copies[1].killed = true;
  CHECK(says(judged(made, "stop_signal").text, "(1 of 3 copies)"));
}

TEST_CASE("hooks that were left out are noted, those that ran are judged by their ends") {
  Case made = healthy();
  made.expected.hooks_left_out = 1;
  CHECK(judged(made, "hooks").verdict == Verdict::note);
  CHECK(says(judged(made, "hooks").text, "1 hook not run; --run-hooks runs it"));
  made.expected.hooks_left_out = 0;
  made.measured.wrapped.stop = StopReport{.text = "{}", .hooks = {{.on = "drained", .name = "flush", .end = "done", .why = "", .took = milliseconds(20)}}};
  CHECK(judged(made, "hooks").verdict == Verdict::pass);
  CHECK(says(judged(made, "hooks").text, "1 hook done, the slowest (flush) in 20 ms"));
  for (const std::string end : {"failed", "timed_out", "skipped"}) {
    made.measured.wrapped.stop->hooks.push_back({.on = "exit", .name = "tell", .end = end, .why = "exit code 1", .took = seconds(5)});
    CHECK(judged(made, "hooks").verdict == Verdict::warn);
    CHECK(says(judged(made, "hooks").text, "tell (exit)"));
    CHECK(!judged(made, "hooks").advice.empty());
    made.measured.wrapped.stop->hooks.pop_back();
  }
}

TEST_CASE("without a proxy only the end of the command is judged") {
  Case made = healthy();
  made.expected.proxied = made.expected.own_load = false;
  made.measured.idle.reset();
  const Judgement judgement = judge(made.measured, made.expected);
  CHECK(judgement.passed);
  for (const std::string name : {"readiness", "traffic", "keep_alive", "requests"}) CHECK(find(judgement, name) == nullptr);
  CHECK(find(judgement, "stop_signal") != nullptr);
}

}  // namespace lastcall::rehearsal::test
