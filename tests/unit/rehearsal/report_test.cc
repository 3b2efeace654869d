#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "measurements.h"
#include "rehearsal/report_json.h"
#include "rehearsal/report_text.h"

namespace lastcall::rehearsal::test {
namespace {

Outcome outcome_of(const Case& made) {
  Outcome outcome;
  outcome.ran = true;
  outcome.measured = made.measured;
  outcome.expected = made.expected;
  outcome.judgement = judge(made.measured, made.expected);
  return outcome;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

const std::vector<std::string> kCommand{"node", "server.js"};

}  // namespace

TEST_CASE("for people: a tick for each thing in order, a mark and what to do for each that is not, and the verdict last") {
  const std::string good = render_text(outcome_of(healthy()), kCommand, false);
  CHECK(good.starts_with("rehearsal of node server.js\nstopped as by docker: SIGTERM, then 10.0 s until the kill\n"));
  CHECK(says(good, "  ✓ stop signal   it handles SIGTERM and ends by itself, exit code 0\n"));
  CHECK(says(good, "  · phases        draining 104 ms\n"));
  CHECK(good.ends_with("\npassed\n"));

  Case made = healthy();
  made.measured.wrapped.killed = true;
  made.measured.wrapped.manner = os::SignalDisposition::ignored;
  made.measured.wrapped.left_behind = 1;
  const std::string bad = render_text(outcome_of(made), kCommand, false);
  CHECK(says(bad, "  ✗ stop signal   it ignores SIGTERM"));
  CHECK(says(bad, "\n                  name the signal that ends it"));
  CHECK(says(bad, "  ! descendants   it left one process behind"));
  CHECK(bad.ends_with("\nfailed: 1 failure, 1 warning\n"));
}

TEST_CASE("no line is wider than 100 columns, and colours come only where they are asked for") {
  for (const Case& made : troubles()) {
    const std::string text = render_text(outcome_of(made), kCommand, false);
    CHECK(!says(text, "\033"));
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
      CHECK(end - begin <= 102);  // the marks are three bytes for one column
  }
  CHECK(says(render_text(outcome_of(healthy()), kCommand, true), "\033[32m✓\033[0m"));
}

TEST_CASE("a command that never became ready is shown with the exit code, what lastcall said and its own last words") {
  Outcome outcome;
  outcome.exit_code = 124;
  outcome.complaints = {"child_not_ready: nobody listens"};
  outcome.last_words = {"Error: Cannot find module 'express'"};
  const std::string text = render_text(outcome, kCommand, false);
  CHECK(text.starts_with("could not rehearse node server.js: it was never ready, exit code 124\n"));
  CHECK(says(text, "  child_not_ready: nobody listens\n"));
  CHECK(says(text, "its last words:\n  Error: Cannot find module"));
  outcome.exit_code = 127;
  CHECK(says(render_text(outcome, kCommand, false), "it could not be started, exit code 127\n"));
  outcome.exit_code = 0;
  CHECK(says(render_text(outcome, kCommand, false), "it ended before it was ready, exit code 0\n"));
}

TEST_CASE("for machines: every finding and the figures behind it, valid whatever the command is called") {
  Case made = healthy();
  made.measured.bare = made.measured.wrapped;
  made.measured.bare->after = {.answered = 5, .reset = 15};
  const auto json = nlohmann::json::parse(render_json(outcome_of(made), {"node", "\xff\"\n"}));
  CHECK(json["passed"] == true);
  CHECK(json["findings"].size() == 10);
  CHECK(json["findings"][3]["name"] == "stop_signal");
  CHECK(json["with_lastcall"]["stop_ms"] == 12);
  CHECK(json["with_lastcall"]["report"]["phase_draining_ms"] == 104);
  CHECK(json["without_lastcall"]["after_stop"]["reset"] == 15);
  CHECK(json["idle_connection"]["announced_s"] == 5);
  CHECK(json["idle_connection"]["closed_after_ms"].is_null());

  Outcome never;
  never.exit_code = 124;
  const auto failed = nlohmann::json::parse(render_json(never, kCommand));
  CHECK(failed["passed"] == false);
  CHECK(failed["ran"] == false);
  CHECK(failed["without_lastcall"].is_null());
}

TEST_CASE("a passed judgement of a rehearsal that did not run is no pass") {
  Outcome outcome = outcome_of(healthy());
  outcome.ran = false;
  CHECK(nlohmann::json::parse(render_json(outcome, kCommand))["passed"] == false);
}

}  // namespace lastcall::rehearsal::test
