#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "base/log.h"
#include "control/drain_report.h"
#include "record_fixture.h"

using namespace lastcall;
using namespace lastcall::control_test;
using control::render_report;

namespace {

std::size_t longest_line(const std::string& text) {
  std::istringstream in(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(in, line);) longest = std::max(longest, line.size());
  return longest;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

core::ShutdownRecord worst_record() {
  core::ShutdownRecord record = clean_record();
  constexpr std::uint64_t kMany = 1'234'567'890;
  record.request = {.signal = 64, .sender_pid = 4'194'304, .sender_uid = 4'294'967'295, .repeated = 100'000, .escalated = 2};
  record.totals = {kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany, kMany};
  record.exit = core::ExitDecision{137, std::string(300, 'x')};
  record.worker_restarts = kMany;
  record.child().killed = true;
  record.child().descendants_signalled = 12'345;
  return record;
}

}  // namespace

TEST_CASE("a clean stop says 0 dropped and how long each phase took beside its plan (G189)") {
  CHECK(render_report(clean_record(), false) == R"(lastcall: stopped in 6.05 s, 0 dropped, exit code 0
  asked by         SIGTERM from pid 4242 (uid 0)
  child            ended by SIGTERM, 12 ms after SIGTERM
  exit             0: everything ended in order

                        at T0    finished   dropped
  requests                 12          15         0
  streams, tunnels          1           1         0
  idle connections         40          43         0

  phase               planned        used  ended by
  lame_duck            4.50 s      4.50 s  deadline
  draining             16.2 s      520 ms  work_done
  ending_streams       5.00 s      1.01 s  work_done
  sealing              500 ms        1 ms  work_done
  stopping             22.2 s       12 ms  work_done
  flushing             22.4 s        7 ms  work_done
)");
}

TEST_CASE("what was lost is told by kind, and the killed child with it (G190)") {
  core::ShutdownRecord record = clean_record();
  record.totals.dropped_finite = 2;
  record.totals.dropped_streams = 1;
  record.totals.lost_in_worker = 4;
  record.totals.refused_503 = 7;
  record.totals.ws_1001 = 3;
  record.totals.swept = 5;
  record.totals.aborted_by_child = 1;
  record.child().killed = true;
  record.child().end = core::ChildEnd{true, 9};
  record.child().descendants_signalled = 2;
  record.exit = core::ExitDecision{137, "the child had to be killed"};
  const std::string text = render_report(record, false);
  CHECK(contains(text, "7 dropped, exit code 137\n"));
  CHECK(contains(text, "  child            killed, 12 ms after SIGTERM, left 2 descendants behind\n"));
  CHECK(contains(text, "  exit             137: the child had to be killed\n"));
  CHECK(contains(text, "  requests                 12          15         2\n"));
  CHECK(contains(text, "  streams, tunnels          1           1         1\n"));
  CHECK(contains(text, "  3 WebSockets told to go with Close 1001\n"));
  CHECK(contains(text, "  7 late requests answered 503\n"));
  CHECK(contains(text, "  5 connections taken from the queue before the listener closed\n"));
  CHECK(contains(text, "  4 lost with a crashed worker\n"));
  CHECK(contains(text, "  1 cut short by the child, which ended before its answer\n"));
}

TEST_CASE("the report fits 80 columns and PIPE_BUF with the largest numbers, coloured or not") {
  const std::string plain = render_report(worst_record(), false);
  CHECK(longest_line(plain) <= 80);
  CHECK(render_report(worst_record(), true).size() < 4096);
}

TEST_CASE("colours appear only when asked for, and change nothing but colour") {
  std::string colored = render_report(clean_record(), true);
  CHECK(contains(colored, "\033[32m0 dropped\033[0m"));
  CHECK_FALSE(contains(render_report(clean_record(), false), "\033"));
  for (std::size_t from; (from = colored.find('\033')) != std::string::npos;) colored.erase(from, colored.find('m', from) - from + 1);
  CHECK(colored == render_report(clean_record(), false));
}

TEST_CASE("without a proxy the report speaks of the child alone, and of no phase that only a proxy has") {
  core::ShutdownRecord record = clean_record();
  record.proxied = false;
  const std::string text = render_report(record, false);
  CHECK(contains(text, "lastcall: stopped in 6.05 s, exit code 0\n"));
  CHECK_FALSE(contains(text, "requests"));
  for (const char* phase : {"lame_duck", "draining", "stopping", "flushing"}) CHECK(contains(text, std::string("\n  ") + phase + " "));
  for (const char* phase : {"ending_streams", "sealing"}) CHECK_FALSE(contains(text, phase));
}

TEST_CASE("a child that left by itself is named as the cause, its code as the end") {
  core::ShutdownRecord record = clean_record();
  record.cause = core::Cause::child_exited;
  record.request = {};
  record.child().end = core::ChildEnd{false, 3};
  record.child().stop_signal.reset();
  record.child().signalled.reset();
  const std::string text = render_report(record, false);
  CHECK(contains(text, "  asked by         nobody: the child ended by itself\n"));
  CHECK(contains(text, "  child            ended with code 3\n"));
}

TEST_CASE("an infinite grace has phases without a plan") {
  core::ShutdownRecord record = clean_record();
  for (core::PhaseRecord& phase : record.phases) phase.deadline = kNever;
  record.deadlines.exit = kNever;
  CHECK(contains(render_report(record, false), "  draining           no limit      520 ms  work_done\n"));
  record.deadlines.exit = at(28'500);  // a phase that was passed through at once
  CHECK(contains(render_report(record, false), "  draining                  -      520 ms  work_done\n"));
}

TEST_CASE("a lame duck that was begun by hand counts only from T0 (decision 8)") {
  core::ShutdownRecord record = clean_record();
  record.phases[2].begin = at(-60'000);
  CHECK(contains(render_report(record, false), "  lame_duck            4.50 s      4.50 s  deadline\n"));
}

TEST_CASE("where no stop began there is no report") {
  CHECK(render_report(core::ShutdownRecord{}, false).empty());
  log_to_capture(LogFormat::json);
  control::log_report(core::ShutdownRecord{});
  configure_log({});
  CHECK(take_written().empty());
}

TEST_CASE("as JSON the report is one line of flat fields") {
  log_to_capture(LogFormat::json);
  control::log_report(clean_record());
  configure_log({});
  const std::string line = take_written();
  CHECK(contains(line, R"("event":"report","in_flight_at_t0":12,"streams_at_t0":1,"idle_at_t0":40,"finished":15,"dropped_finite":0,)"
                       R"("dropped_streams":0,"idle_closed":43,"streams_ended":1,"ws_1001":0,"refused_503":0,"lost_in_worker":0,)"
                       R"("aborted_by_child":0,"aborted_by_client":0,"resets_sent":0,"swept":0,"child_signal":15,"child_killed":false,)"
                       R"("exit_code":0,"reason":"everything ended in order","total_ms":6052,"phase_lame_duck_ms":4500,)"
                       R"("phase_draining_ms":520,"phase_ending_streams_ms":1010,"phase_sealing_ms":1,"phase_stopping_ms":12,)"
                       R"("phase_flushing_ms":7})"));
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}

TEST_CASE("a stop between two children tells how the last one ended, and that it was before") {
  core::ShutdownRecord record = clean_record();
  record.child() = {.started = true, .pid = 77, .end = core::ChildEnd{true, 9}, .exited = at(-500)};
  CHECK(contains(render_report(record, false), "  child            ended by SIGKILL, 500 ms before the stop\n"));
  record.cause = core::Cause::child_exited;  // seen in the same turn, or a moment later
  record.child().exited = at(-1);
  CHECK(contains(render_report(record, false), "  child            ended by SIGKILL\n"));
}

TEST_CASE("the line of several copies has one end, the worst, and whether any copy was killed") {
  core::ShutdownRecord record = clean_record();
  const core::ChildRecord well = record.child();
  record.children = {well, well, well};
  record.children[1].number = 1;
  record.children[2].number = 2;
  const auto told = [&] {
    log_to_capture(LogFormat::json);
    control::log_report(record);
    configure_log({});
    return take_written();
  };
  CHECK(contains(told(), R"("children":3,"children_ended":3,"children_killed":0,"instance":0,"child_signal":15,"child_killed":false,)"));
  record.children[2].end = core::ChildEnd{.by_signal = false, .value = 3};
  CHECK(contains(told(), R"("children_killed":0,"instance":2,"child_code":3,"child_killed":false,)"));
  record.children[1].end = core::ChildEnd{.by_signal = true, .value = 9};
  record.children[1].killed = true;
  CHECK(contains(told(), R"("children_killed":1,"instance":1,"child_signal":9,"child_killed":true,)"));
  record.children[0].end.reset();
  CHECK(contains(told(), R"("children":3,"children_ended":2,"children_killed":1,"instance":0,"child_killed":true,)"));
}

TEST_CASE("what does not fit into a line of the table goes on in the next one, within bounds, and steers no terminal") {
  core::ShutdownRecord record = clean_record();
  record.child().descendants_signalled = 12;
  const std::string text = render_report(record, false);
  CHECK(contains(text, ", left 12 descendants\n                   behind\n"));
  record.request = {.by_control = true, .reason = "many words \x1b[2J" + std::string(2000, 'x')};
  const std::string bounded = render_report(record, false);
  CHECK(contains(bounded, "many words\n                   ?[2Jxxx"));
  CHECK(contains(bounded, "x...\n"));
  CHECK(bounded.size() < text.size() + 500);
}
