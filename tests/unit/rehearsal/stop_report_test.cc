#include "rehearsal/stop_report.h"

#include <doctest/doctest.h>

namespace lastcall::rehearsal::test {
namespace {

constexpr std::string_view kReport = R"({"version": 1, "dropped_requests": [{"peer": "127.0.0.1:1", "request": "GET /slow HTTP/1.1", "age_ms": 900}],
  "hooks": [{"on": "cleanup", "name": "flush", "end": "timed_out", "why": null, "began_ms": 3, "took_ms": 5000}],
  "children": [
    {"instance": 0, "pid": 70, "killed": false, "descendants_signalled": 2, "code": 0, "signal": null, "stop_signal": "SIGTERM", "ended_after_ms": 12},
    {"instance": 1, "pid": 71, "killed": true, "descendants_signalled": 0, "code": null, "signal": "SIGKILL", "stop_signal": "SIGTERM", "ended_after_ms": 900}]})";

CopyEnd ended(bool by_signal, int value, Duration after = milliseconds(10)) {
  CopyEnd copy;
  copy.stop_signal = 15;
  copy.end = core::ChildEnd{.by_signal = by_signal, .value = value};
  copy.stop_time = after;
  return copy;
}

bool is(const CopyEnd& copy, bool by_signal, int value) { return copy.end && copy.end->by_signal == by_signal && copy.end->value == value; }

int worst_value(std::vector<CopyEnd> copies) { return worst_of(copies)->end->value; }

}  // namespace

TEST_CASE("of the report of a stop: the end of each copy, what was dropped, which hooks ran") {
  const auto report = parse_stop_report(kReport);
  REQUIRE(report.has_value());
  REQUIRE(report->copies.size() == 2);
  CHECK(is(report->copies[0], false, 0));
  CHECK(report->copies[0].stop_signal == 15);
  CHECK(report->copies[0].stop_time == milliseconds(12));
  CHECK(report->copies[0].left_behind == 2);
  CHECK(report->copies[1].killed);
  CHECK(is(report->copies[1], true, 9));
  REQUIRE(report->dropped.size() == 1);
  CHECK(report->dropped[0].line == "GET /slow HTTP/1.1");
  CHECK(report->dropped[0].age == milliseconds(900));
  REQUIRE(report->hooks.size() == 1);
  CHECK(report->hooks[0].end == "timed_out");
  CHECK(report->hooks[0].took == seconds(5));
  CHECK(report->text == kReport);
}

TEST_CASE("what is no report is none, and what is missing or of another kind is left out") {
  CHECK(!parse_stop_report("").has_value());
  CHECK(!parse_stop_report("[]").has_value());
  CHECK(!parse_stop_report(R"({"children": )").has_value());
  const auto odd = parse_stop_report(R"({"children": [7, {}, {"code": "x", "pid": -1, "descendants_signalled": -5}], "hooks": 3})");
  REQUIRE(odd.has_value());
  CHECK(odd->copies.size() == 2);
  CHECK(!odd->copies[0].end.has_value());
  CHECK(odd->copies[1].left_behind == 0);
  CHECK(odd->hooks.empty());
}

TEST_CASE("the worst end is a kill, then none or a crash, then a code, then the stop signal, then the slowest") {
  CopyEnd killed = ended(true, 9);
  killed.killed = true;
  const CopyEnd crashed = ended(true, 11), coded = ended(false, 3), signalled = ended(true, 15), well = ended(false, 0);
  CHECK(worst_value({well, crashed, killed, coded}) == 9);
  CHECK(worst_value({coded, crashed, signalled}) == 11);
  CHECK(worst_value({signalled, coded, well}) == 3);
  CHECK(worst_value({well, signalled}) == 15);
  const std::vector<CopyEnd> two{ended(false, 0, milliseconds(5)), ended(false, 0, milliseconds(900))};
  CHECK(worst_of(two)->stop_time == milliseconds(900));
  CHECK(worst_of({}) == nullptr);
}

}  // namespace lastcall::rehearsal::test
