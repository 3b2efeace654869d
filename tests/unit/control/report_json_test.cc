#include "control/report_json.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "control/drain_report.h"
#include "record_fixture.h"

using namespace lastcall;
using namespace lastcall::control_test;

namespace {

core::ShutdownRecord full_record() {
  core::ShutdownRecord record = clean_record();
  record.jobs.at_t0 = 2;
  record.jobs.finished = 1;
  record.jobs.stuck = 1;
  record.jobs.names.push_back({.job = {.id = "import-7", .owner = "cron", .timeout = seconds(60)}, .fate = core::JobLedger::Fate::stuck, .at = at(3000)});
  record.hooks.flushed = 7;
  record.hooks.runs = {
      {.on = core::HookEvent::drained, .name = "spool", .began = at(5000), .took = milliseconds(120), .end = {.why = {}, .flushed = 7}},
      {.on = core::HookEvent::cleanup, .name = "unlock", .began = at(6043), .took = seconds(5), .end = {.kind = core::HookEnd::Kind::timed_out, .why = "cut at its timeout"}},
      {.on = core::HookEvent::exit, .name = "tell", .end = {.kind = core::HookEnd::Kind::skipped, .why = "no time was left"}}};
  return record;
}

}  // namespace

TEST_CASE("the JSON report tells the phases with plan and use, what was lost by name, hooks, buffers, the child and the exit") {
  const auto json = nlohmann::json::parse(control::report_json(full_record()));
  CHECK(json["version"] == 1);
  CHECK(json["cause"] == "stop_requested");
  CHECK(json["request"]["signal"] == "SIGTERM");
  CHECK(json["request"]["by"] == "signal");
  CHECK(json["planned_ms"] == 28'500);
  CHECK(json["total_ms"] == 6'052);
  CHECK(json["phases"][0] == nlohmann::json{{"phase", "lame_duck"}, {"began_ms", 0}, {"planned_ms", 4500}, {"used_ms", 4500}, {"ended_by", "deadline"}});
  CHECK(json["requests"]["finished"] == 15);
  CHECK(json["jobs"]["lost"][0]["id"] == "import-7");
  CHECK(json["buffers"]["flushed"] == 7);
  CHECK(json["hooks"][0]["began_ms"] == 5000);
  CHECK(json["hooks"][1]["end"] == "timed_out");
  CHECK(json["hooks"][2]["began_ms"].is_null());
  CHECK(json["children"][0]["signal"] == "SIGTERM");
  CHECK(json["children"][0]["ended_after_ms"] == 12);
  CHECK(json["exit"]["code"] == 0);
}

TEST_CASE("without a proxy the JSON report keeps its form: every phase that was passed is there") {
  core::ShutdownRecord record = full_record();
  record.proxied = false;
  CHECK(nlohmann::json::parse(control::report_json(record))["phases"] == nlohmann::json::parse(control::report_json(full_record()))["phases"]);
}

TEST_CASE("names that are no text do not break the JSON report, and without a stop there is none") {
  core::ShutdownRecord record = full_record();
  record.hooks.runs[0].end.why = "\xff\xfe";
  CHECK_FALSE(nlohmann::json::parse(control::report_json(record), nullptr, false).is_discarded());
  CHECK(control::report_json({}).empty());
}

TEST_CASE("the table for people names hooks, jobs and buffers, and what went wrong with them") {
  const std::string text = control::render_report(full_record(), false);
  INFO(text);
  for (const char* part : {"2 at T0, 1 finished, 1 stuck\n  stuck: import-7 of cron, longer than its 1m 00s\n", "7 flushed, 0 dropped", "spool in 120 ms", "unlock in 5.00 s: cut at its timeout",
                           "tell was not run: no time was left"})
    CHECK(text.find(part) != std::string::npos);
}
