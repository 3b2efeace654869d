#include "core/shutdown_table.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace lastcall::core::table {
namespace {

template <std::size_t N>
consteval bool complete_after(void (*change)(std::array<Row, N>&)) {
  std::array<Row, N> rows = std::to_array(kRows);
  change(rows);
  return each_pair_stands_once(rows);
}
constexpr std::size_t kCount = std::size(kRows);

bool answered(Phase phase, Event event) { return row_of(phase, event).holds != Holds::never; }

template <class Visit>
void each_pair(Visit visit) {
  for (std::size_t phase = 0; phase < kPhaseCount; ++phase)
    for (std::size_t event = 0; event < kEventCount; ++event) visit(static_cast<Phase>(phase), static_cast<Event>(event));
}

}  // namespace

// The completeness check itself can fail: these would stop the compiler.
static_assert(each_pair_stands_once(kRows));
static_assert(!each_pair_stands_once(std::span(kRows).subspan(1)), "a missing row is found");
static_assert(!complete_after<kCount>([](std::array<Row, kCount>& rows) { rows[0].phase = Phase::serving; }), "a moved row is found");
static_assert(!complete_after<kCount>([](std::array<Row, kCount>& rows) { rows[1].events = {escalated, child_ready}; }),
              "a doubled and a forgotten event are found");

TEST_CASE("each of the 144 pairs is answered by the row that names it") {
  int pairs = 0;
  each_pair([&](Phase phase, Event event) {
    const Row& row = row_of(phase, event);
    CHECK(row.phase == phase);
    CHECK(row.events.has(event));
    ++pairs;
  });
  CHECK(pairs == 144);
}

TEST_CASE("an answer leads forward, and only undrain leads back") {
  each_pair([&](Phase phase, Event event) {
    const bool back = row_of(phase, event).next < phase;
    CHECK(back == (phase == Phase::lame_duck && event == undrain_requested));
  });
}

TEST_CASE("an ignored event neither moves nor acts") {
  each_pair([&](Phase phase, Event event) {
    const Row& row = row_of(phase, event);
    if (row.holds != Holds::never) return;
    CHECK(row.next == phase);
    CHECK(row.actions.size == 0);
  });
}

TEST_CASE("an answer to work_done or to a deadline moves to a later phase, so a call always ends") {
  each_pair([&](Phase phase, Event event) {
    if ((event == work_done || event == deadline) && answered(phase, event)) CHECK(row_of(phase, event).next > phase);
    if (event == seal_overdue) CHECK(answered(phase, event) == (phase == Phase::sealing));
  });
}

TEST_CASE("nothing is answered when everything is over") {
  each_pair([&](Phase phase, Event event) {
    if (phase == Phase::exiting) CHECK_FALSE(answered(phase, event));
  });
}

TEST_CASE("the end of the main child is answered as long as it may have descendants that were not killed (P71)") {
  for (const Phase phase : {Phase::starting, Phase::serving, Phase::lame_duck, Phase::draining, Phase::ending_streams, Phase::sealing,
                            Phase::stopping}) {
    CAPTURE(to_string(phase));
    const Row& row = row_of(phase, main_exited);
    CHECK(row.next == Phase::stopping);
    bool told = false;
    for (const Action action : row.actions) told = told || action == signal_descendants;
    CHECK(told);
  }
}

TEST_CASE("whoever leaves a phase in which listeners are open for the end closes them first") {
  for (const Phase phase : {Phase::starting, Phase::serving, Phase::lame_duck})
    for (std::size_t number = 0; number < kEventCount; ++number) {
      const Row& row = row_of(phase, static_cast<Event>(number));
      if (row.next >= Phase::draining) CHECK(row.actions.list[0] == stop_accepting);
    }
}

TEST_CASE("every event, action and cause has a name of its own, and it is the word in the log") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kEventCount; ++i) names.emplace(to_string(static_cast<Event>(i)));
  for (std::size_t i = 0; i < kActionCount; ++i) names.emplace(to_string(static_cast<Action>(i)));
  CHECK(names.size() == kEventCount + kActionCount);
  CHECK(to_string(Event::deadline) == "deadline");
  CHECK(to_string(Event::main_exited) == "main_exited");
  CHECK(to_string(Action::signal_child) == "signal_child");
  CHECK(to_string(Action::exit) == "exit");
  CHECK(to_string(Cause::workers_failed) == "workers_failed");
}

}  // namespace lastcall::core::table
