#include <doctest/doctest.h>

#include "base/log.h"
#include "control/live_line.h"
#include "control/progress.h"
#include "record_fixture.h"

using namespace lastcall;
using namespace lastcall::control_test;
using control::LiveStyle;
using control::Progress;
using control::render_live_line;

namespace {

control::ProgressFacts facts(std::int64_t ms = 7'000) { return control::progress_facts(stopping_record(), at(ms)).value(); }

// The lines without what differs from run to run: everything before the event's name.
std::string events_only() {
  std::string out;
  std::string text = take_written();
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    const std::string line = text.substr(from, end - from);
    out += line.substr(std::min(line.find("draining"), line.size())) + "\n";
    from = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("the live line says what is left, for how long, and what Ctrl-C would do") {
  CHECK(render_live_line(facts(), {.width = 120, .interrupt_hint = true}) ==
        "draining: 3 requests, oldest 2.1 s, 1 stream, 40 idle, 21 s left of 28 s  Ctrl-C again to end it now");
}

TEST_CASE("the live line drops what matters least until it fits its terminal") {
  const auto line = [](int width) { return render_live_line(facts(), {.width = width, .interrupt_hint = true}); };
  CHECK(line(80) == "draining: 3 requests, oldest 2.1 s, 21 s left  Ctrl-C again to end it now");
  CHECK(line(64) == "draining: 3 requests, 21 s left  Ctrl-C again to end it now");
  CHECK(line(50) == "draining: 3 requests, oldest 2.1 s, 21 s left");
  CHECK(line(40) == "draining: 3 requests, 21 s left");
  CHECK(line(24) == "draining: 21 s left");
  CHECK(line(10) == "draining:");
}

TEST_CASE("the live line never reaches the last column, whatever the width") {
  for (int width = 0; width < 130; ++width)
    CHECK(render_live_line(facts(), {.width = width, .interrupt_hint = true}).size() <= static_cast<std::size_t>(std::max(width - 1, 0)));
}

TEST_CASE("each further Ctrl-C is announced before it is typed, and the last has no next (decision 5)") {
  control::ProgressFacts now = facts();
  now.left = {};
  now.phase = core::Phase::stopping;
  const LiveStyle style{.width = 80, .interrupt_hint = true};
  CHECK(render_live_line(now, style) == "waiting for the child: 21 s left of 28 s  Ctrl-C again to end it now");
  now.escalated = 1;
  CHECK(render_live_line(now, style) == "waiting for the child: 21 s left of 28 s  Ctrl-C again to kill");
  now.escalated = 2;
  now.phase = core::Phase::killing;
  CHECK(render_live_line(now, style) == "killing the child: 21 s left of 28 s");
}

TEST_CASE("without a limit and without a terminal of ours the line promises neither") {
  control::ProgressFacts now = facts();
  now.grace_left = kInfinite;
  now.left = {.finite = 1, .oldest_ms = 61'000};
  CHECK(render_live_line(now, {.width = 80}) == "draining: 1 request, oldest 1m 01s");
}

TEST_CASE("the hint is dimmed where colours are wanted, outside the counted width") {
  CHECK(render_live_line(facts(), {.width = 64, .color = true, .interrupt_hint = true}) ==
        "draining: 3 requests, 21 s left  \033[2mCtrl-C again to end it now\033[0m");
}

TEST_CASE("nothing is said before T0 and once the exit is reached") {
  core::ShutdownRecord record = stopping_record();
  record.t0.reset();
  CHECK_FALSE(control::progress_facts(record, at(0)));
  CHECK_FALSE(control::progress_facts(clean_record(), at(6'050)));
}

TEST_CASE("in a log there is one line a second, counted from T0, however often the time is told") {
  log_to_capture(LogFormat::text);
  Progress progress(false, {});
  const core::ShutdownRecord record = stopping_record();
  progress.on_time(record, at(0));
  CHECK(progress.deadline() == at(1'000));
  for (std::int64_t ms = 10; ms < 2'000; ms += 10) progress.on_time(record, at(ms));
  progress.on_time(record, at(3'700));  // late: the second and the third are not made up for
  CHECK(progress.deadline() == at(4'000));
  configure_log({});
  CHECK(events_only() == "draining t0_ms=1000 phase=draining finite=3 streams=1 idle=40 oldest_ms=3140 left_ms=27500\n"
                         "draining t0_ms=3700 phase=draining finite=3 streams=1 idle=40 oldest_ms=5840 left_ms=24800\n");
}

TEST_CASE("the oldest request ages although no census comes, and a new census is believed") {
  log_to_capture(LogFormat::text);
  Progress progress(false, {});
  core::ShutdownRecord record = stopping_record();
  progress.on_time(record, at(500));
  progress.on_time(record, at(1'000));
  record.live.finite = 2;
  record.live.oldest_ms = 900;
  progress.on_time(record, at(1'900));
  progress.on_time(record, at(2'000));
  configure_log({});
  CHECK(events_only() == "draining t0_ms=1000 phase=draining finite=3 streams=1 idle=40 oldest_ms=2640 left_ms=27500\n"
                         "draining t0_ms=2000 phase=draining finite=2 streams=1 idle=40 oldest_ms=1000 left_ms=26500\n");
}

TEST_CASE("without a proxy the log line counts no requests") {
  log_to_capture(LogFormat::text);
  core::ShutdownRecord record = stopping_record();
  record.proxied = false;
  record.deadlines.exit = kNever;
  control::log_draining(control::progress_facts(record, at(2'000)).value());
  configure_log({});
  CHECK(events_only() == "draining t0_ms=2000 phase=draining\n");
}

TEST_CASE("on a terminal the line is rewritten in place, logs nothing, and leaves nothing behind") {
  log_to_capture(LogFormat::text, control::write_above_live_line);
  control::open_live_line(capture);
  Progress progress(true, {.width = 40});
  core::ShutdownRecord record = stopping_record();
  progress.on_time(record, at(7'000));
  CHECK(progress.deadline() == at(7'200));
  progress.on_time(record, at(7'200));  // nothing new to say: nothing written
  record.live.finite = 2;
  progress.on_time(record, at(7'400));
  progress.end();
  CHECK(progress.deadline() == kNever);
  configure_log({});
  CHECK(take_written() == "\r\033[Kdraining: 3 requests, 21 s left\r\033[Kdraining: 2 requests, 21 s left\r\033[K");
}

TEST_CASE("a log line goes above the live line in one write, and the live line comes back") {
  control::open_live_line(capture);
  control::write_above_live_line("first\n");
  control::show_live_line("draining");
  control::write_above_live_line("second\n");
  control::show_live_line("");
  control::write_above_live_line("third\n");
  CHECK(take_written() == "first\n\r\033[Kdraining\r\033[Ksecond\ndraining\r\033[Kthird\n");
}

TEST_CASE("when the record ends, the live line goes by itself") {
  control::open_live_line(capture);
  Progress progress(true, {.width = 40});
  progress.on_time(stopping_record(), at(7'000));
  take_written();
  progress.on_time(clean_record(), at(7'100));
  CHECK(take_written() == "\r\033[K");
  CHECK(progress.deadline() == kNever);
}
