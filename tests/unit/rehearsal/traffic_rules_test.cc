#include <doctest/doctest.h>

#include "measurements.h"
#include "rehearsal/rules.h"

namespace lastcall::rehearsal::test {
namespace {

bool says(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

Finding keep_alive(IdleFigures idle, Duration upstream_idle = seconds(4)) {
  Case made = healthy();
  idle.status = 200;
  made.measured.idle = idle;
  made.expected.upstream_idle = upstream_idle;
  const MaybeFinding found = judge_keep_alive(made.measured, made.expected);
  REQUIRE(found.has_value());
  return *found;
}

IdleFigures silent(std::optional<Duration> closed_after, Duration watched = seconds(4) + milliseconds(500)) {
  return {.status = 200, .keep_alive = true, .announced = 0, .closed_after = closed_after, .watched = closed_after.value_or(watched)};
}

}  // namespace

TEST_CASE("G61: a child that closes idle connections within a second, unannounced, can meet a POST: that fails and names the option") {
  const Finding found = keep_alive(silent(seconds(1)));
  CHECK(found.verdict == Verdict::fail);
  CHECK(says(found.text, "1.00 s"));
  CHECK(says(found.advice, "--timeouts-upstream-idle 500ms (now 4s)"));
}

TEST_CASE("G61: one that closes later than that, but before we do, costs repetitions only: a warning") {
  CHECK(keep_alive(silent(milliseconds(1101))).verdict == Verdict::warn);
  const Finding found = keep_alive(silent(seconds(3)));
  CHECK(found.verdict == Verdict::warn);
  CHECK(says(found.advice, "--timeouts-upstream-idle 1s"));
}

TEST_CASE("G61: one that closes later than we do, or not at all, is in order; not watched for long enough is no verdict") {
  CHECK(keep_alive(silent(milliseconds(4001))).verdict == Verdict::pass);
  CHECK(keep_alive(silent({})).verdict == Verdict::pass);
  CHECK(keep_alive(silent({}, seconds(2))).verdict == Verdict::note);
  CHECK(keep_alive(silent(seconds(1)), milliseconds(500)).verdict == Verdict::pass);  // as advised
}

TEST_CASE("G61: what a child announces is what we go by, unless it does not keep its word") {
  const IdleFigures node{.status = 200, .keep_alive = true, .announced = 5, .closed_after = {}, .watched = seconds(3)};
  CHECK(keep_alive(node).verdict == Verdict::pass);
  CHECK(says(keep_alive(node).text, "after 4.00 s"));
  IdleFigures liar = node;
  liar.closed_after = seconds(2);
  CHECK(keep_alive(liar).verdict == Verdict::warn);
  IdleFigures brief = node;
  brief.announced = 2;
  brief.closed_after = seconds(2);
  CHECK(keep_alive(brief).verdict == Verdict::pass);  // we let go after one
  brief.announced = 1;
  CHECK(keep_alive(brief).verdict == Verdict::warn);
}

TEST_CASE("a child that closes after each answer is told so, and one that did not answer is not judged") {
  CHECK(keep_alive({.status = 200, .keep_alive = false}).verdict == Verdict::warn);
  Case made = healthy();
  made.measured.idle = IdleFigures{};
  CHECK(!judge_keep_alive(made.measured, made.expected).has_value());
  made.measured.idle.reset();
  CHECK(!judge_keep_alive(made.measured, made.expected).has_value());
}

TEST_CASE("every kind of loss at the stop fails, and is called by its name") {
  for (const auto& [member, words] : {std::pair{&LoadFigures::lost, "without an answer"}, std::pair{&LoadFigures::reset, "reset"},
                                      std::pair{&LoadFigures::truncated, "cut short"}, std::pair{&LoadFigures::invalid, "not HTTP"}}) {
    Case made = healthy();
    made.measured.wrapped.after.*member = 2;
    const MaybeFinding found = judge_requests(made.measured, made.expected);
    REQUIRE(found.has_value());
    CHECK(found->verdict == Verdict::fail);
    CHECK(says(found->text, words));
    CHECK(says(found->text, "2 lost"));
  }
}

TEST_CASE("a 503, a refused connect and a race after our FIN are no losses") {
  Case made = healthy();
  made.measured.wrapped.after.unavailable = 3;
  made.measured.wrapped.after.refused = 20;
  made.measured.wrapped.after.raced = 2;
  const MaybeFinding found = judge_requests(made.measured, made.expected);
  REQUIRE(found.has_value());
  CHECK(found->verdict == Verdict::pass);
  CHECK(says(found->text, "3 late ones answered 503"));
}

TEST_CASE("an error at the stop counts where the page works otherwise; on Heroku, which signals everybody, the advice says so (G154)") {
  Case made = healthy();
  made.measured.wrapped.after.server_errors = 2;
  MaybeFinding found = judge_requests(made.measured, made.expected);
  REQUIRE(found.has_value());
  CHECK(found->verdict == Verdict::fail);
  CHECK(says(found->text, "2 answered with an error"));
  made.expected.platform = "heroku";
  found = judge_requests(made.measured, made.expected);
  REQUIRE(found.has_value());
  CHECK(says(found->advice, "signals every process"));
  made.measured.wrapped.before.server_errors = 590;
  CHECK(judge_requests(made.measured, made.expected)->verdict == Verdict::pass);
}

TEST_CASE("with the user's own traffic, lastcall's report says what was lost") {
  Case made = healthy();
  made.expected.own_load = false;
  made.measured.wrapped.in_flight_at_stop = 0;
  made.measured.wrapped.report = {{"in_flight_at_t0", "7"}, {"dropped_finite", "2"}};
  CHECK(!judge_traffic(made.measured, made.expected).has_value());
  const MaybeFinding found = judge_requests(made.measured, made.expected);
  REQUIRE(found.has_value());
  CHECK(found->verdict == Verdict::fail);
  CHECK(says(found->text, "7 requests in flight at the stop, 2 lost"));
  CHECK(says(found->advice, "--grace"));
}

TEST_CASE("the comparison says what the same stop costs without lastcall, and never fails") {
  Case made = healthy();
  CHECK(!judge_comparison(made.measured, made.expected).has_value());
  made.measured.bare = RunFigures{.ready_after = milliseconds(200), .stopped_by_us = true, .in_flight_at_stop = 20};
  made.measured.bare->after = {.answered = 5, .reset = 15};
  MaybeFinding found = judge_comparison(made.measured, made.expected);
  REQUIRE(found.has_value());
  CHECK(found->verdict == Verdict::note);
  CHECK(says(found->text, "loses 15 of 20 requests in flight (15 reset)"));
  made.measured.bare->after = {.answered = 20};
  found = judge_comparison(made.measured, made.expected);
  REQUIRE(found.has_value());
  CHECK(says(found->text, "loses nothing either: it answered 20 requests after SIGTERM"));
  made.measured.bare.reset();
  made.measured.not_compared = "the traffic was yours";
  found = judge_comparison(made.measured, made.expected);
  REQUIRE(found.has_value());
  CHECK(says(found->text, "the traffic was yours"));
}

TEST_CASE("no answer at all before the stop fails, 5xx only warns: the page may be the wrong one") {
  Case made = healthy();
  made.measured.wrapped.before = {};
  CHECK(judge_traffic(made.measured, made.expected)->verdict == Verdict::fail);
  made.measured.wrapped.before = {.answered = 9, .server_errors = 9};
  CHECK(judge_traffic(made.measured, made.expected)->verdict == Verdict::warn);
  made.measured.wrapped.before = {.answered = 9, .client_errors = 9};
  CHECK(judge_traffic(made.measured, made.expected)->verdict == Verdict::warn);
  made.measured.wrapped.before = {.answered = 9, .client_errors = 8};
  CHECK(judge_traffic(made.measured, made.expected)->verdict == Verdict::pass);
}

}  // namespace lastcall::rehearsal::test
