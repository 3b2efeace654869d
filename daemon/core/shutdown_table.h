// The table of the shutdown sequence: what each event means in each phase. A row answers one phase and one or several events; an
// answer is the next phase and the actions given on the way, or `ignored`. A consteval check proves that each (phase, event) pair
// stands here exactly once: a forgotten or doubled pair does not compile. Data only; shutdown_sequence.cc walks it, and sets T0 at the
// first event that leads towards the end. Entering a phase hands out announce_phase first, so rows do not name it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "core/shutdown_sequence.h"

namespace lastcall::core::table {

struct Events {
  std::uint32_t bits = 0;
  consteval Events(std::initializer_list<Event> events) {
    for (const Event event : events) bits |= 1u << static_cast<unsigned>(event);
  }
  constexpr bool has(Event event) const { return (bits >> static_cast<unsigned>(event) & 1u) != 0; }
};

struct Actions {
  std::array<Action, 4> list{};
  std::size_t size = 0;
  consteval Actions(std::initializer_list<Action> actions) {
    for (const Action action : actions) list[size++] = action;
  }
  constexpr const Action* begin() const { return list.data(); }
  constexpr const Action* end() const { return list.data() + size; }
};

enum class Holds : std::uint8_t { always, before_t0, never };  // before_t0: afterwards the event is ignored; never: ignored

struct Row {
  Phase phase;
  Events events;
  Phase next;
  Actions actions{};
  Holds holds = Holds::always;
};

consteval Row ignored(Phase phase, Events events) { return {phase, events, phase, {}, Holds::never}; }

// How often a pair is answered.
consteval int answers(std::span<const Row> rows, Phase phase, Event event) {
  int count = 0;
  for (const Row& row : rows) count += row.phase == phase && row.events.has(event);
  return count;
}

consteval bool each_pair_stands_once(std::span<const Row> rows) {
  for (std::size_t phase = 0; phase < kPhaseCount; ++phase)
    for (std::size_t event = 0; event < kEventCount; ++event)
      if (answers(rows, static_cast<Phase>(phase), static_cast<Event>(event)) != 1) return false;
  return true;
}

using enum Event;
using enum Action;

inline constexpr Row kRows[] = {
    // Nothing was served yet: no drain, the child is stopped at once (G128); what queued is answered with 503 (decision 9).
    {Phase::starting, {child_ready}, Phase::serving, {announce_ready}},
    {Phase::starting, {stop_requested, escalated, child_not_ready, copy_exited, workers_failed}, Phase::sealing, {stop_accepting, seal}},
    {Phase::starting, {main_exited}, Phase::stopping, {stop_accepting, seal, signal_descendants}},
    ignored(Phase::starting, {drain_requested, undrain_requested, work_done, deadline, seal_overdue}),

    {Phase::serving, {stop_requested, drain_requested, copy_exited}, Phase::lame_duck},  // the other copies still serve
    {Phase::serving, {workers_failed}, Phase::draining, {stop_accepting}},  // nobody is left who could accept
    {Phase::serving, {escalated}, Phase::sealing, {stop_accepting, end_streams, drop_finite, seal}},
    // Died by itself: what is queued gets 503, what is in flight 502, what the child left behind its goodbye (P71, G129).
    {Phase::serving, {main_exited}, Phase::stopping, {stop_accepting, seal, signal_descendants}},
    ignored(Phase::serving, {child_ready, child_not_ready, undrain_requested, work_done, deadline, seal_overdue}),

    // Ends by time only (decision 2). Before T0 it has no end at all (decision 8); a stop then counts what has passed as enough.
    {Phase::lame_duck, {deadline, workers_failed}, Phase::draining, {stop_accepting}},
    {Phase::lame_duck, {stop_requested, copy_exited}, Phase::draining, {stop_accepting}, Holds::before_t0},
    {Phase::lame_duck, {undrain_requested}, Phase::serving, {}, Holds::before_t0},
    {Phase::lame_duck, {escalated}, Phase::sealing, {stop_accepting, end_streams, drop_finite, seal}},
    {Phase::lame_duck, {main_exited}, Phase::stopping, {stop_accepting, seal, signal_descendants}},
    ignored(Phase::lame_duck, {child_ready, child_not_ready, drain_requested, work_done, seal_overdue}),

    {Phase::draining, {work_done}, Phase::ending_streams, {end_streams}},
    {Phase::draining, {deadline}, Phase::ending_streams, {drop_finite, end_streams}},
    {Phase::draining, {escalated}, Phase::sealing, {end_streams, drop_finite, seal}},
    {Phase::draining, {main_exited}, Phase::stopping, {seal, signal_descendants}},
    ignored(Phase::draining,
            {child_ready, child_not_ready, stop_requested, drain_requested, undrain_requested, copy_exited, workers_failed, seal_overdue}),

    {Phase::ending_streams, {work_done, deadline}, Phase::sealing, {seal}},
    {Phase::ending_streams, {escalated}, Phase::sealing, {drop_finite, seal}},
    {Phase::ending_streams, {main_exited}, Phase::stopping, {seal, signal_descendants}},
    ignored(Phase::ending_streams,
            {child_ready, child_not_ready, stop_requested, drain_requested, undrain_requested, copy_exited, workers_failed, seal_overdue}),

    // Requests that came late but before the seal run on until the drain's deadline; a worker that does not answer holds nobody up.
    {Phase::sealing, {work_done}, Phase::emptying, {run_drained_hooks}},
    {Phase::sealing, {seal_overdue}, Phase::sealing, {kill_unsealed}},
    {Phase::sealing, {deadline}, Phase::emptying, {drop_finite, run_drained_hooks}},
    {Phase::sealing, {escalated}, Phase::killing, {kill_unsealed, kill_child}},
    {Phase::sealing, {main_exited}, Phase::stopping, {signal_descendants}},
    ignored(Phase::sealing, {child_ready, child_not_ready, stop_requested, drain_requested, undrain_requested, copy_exited, workers_failed}),

    // Passed at once where nothing is buffered: no hooks. A child that ends now takes its buffers with it; hooks that are commands run on.
    {Phase::emptying, {work_done}, Phase::stopping, {signal_child}},
    {Phase::emptying, {deadline, escalated}, Phase::stopping, {cut_hooks, signal_child}},
    {Phase::emptying, {main_exited}, Phase::stopping, {signal_descendants}},
    ignored(Phase::emptying,
            {child_ready, child_not_ready, stop_requested, drain_requested, undrain_requested, copy_exited, workers_failed, seal_overdue}),

    {Phase::stopping, {main_exited}, Phase::stopping, {signal_descendants}},
    {Phase::stopping, {work_done}, Phase::flushing, {finish_workers, run_cleanup_hooks}},
    {Phase::stopping, {deadline, escalated}, Phase::killing, {kill_child}},
    ignored(Phase::stopping,
            {child_ready, child_not_ready, stop_requested, drain_requested, undrain_requested, copy_exited, workers_failed, seal_overdue}),

    // A child that even SIGKILL does not end (D state, freezer) is not waited for (P44).
    {Phase::killing, {work_done, deadline}, Phase::flushing, {finish_workers, run_cleanup_hooks}},
    ignored(Phase::killing, {child_ready, child_not_ready, stop_requested, escalated, drain_requested, undrain_requested, copy_exited,
                             main_exited, workers_failed, seal_overdue}),

    {Phase::flushing, {work_done}, Phase::leaving, {run_exit_hooks}},
    {Phase::flushing, {deadline, escalated}, Phase::leaving, {kill_workers, cut_hooks, run_exit_hooks}},
    ignored(Phase::flushing, {child_ready, child_not_ready, stop_requested, drain_requested, undrain_requested, copy_exited, main_exited,
                              workers_failed, seal_overdue}),

    {Phase::leaving, {work_done}, Phase::exiting, {Action::exit}},
    {Phase::leaving, {deadline, escalated}, Phase::exiting, {cut_hooks, Action::exit}},
    ignored(Phase::leaving, {child_ready, child_not_ready, stop_requested, drain_requested, undrain_requested, copy_exited, main_exited,
                             workers_failed, seal_overdue}),

    ignored(Phase::exiting, {child_ready, child_not_ready, stop_requested, escalated, drain_requested, undrain_requested, copy_exited,
                             main_exited, workers_failed, work_done, deadline, seal_overdue}),
};

static_assert(each_pair_stands_once(kRows), "a (phase, event) pair of the shutdown table is missing or stands there twice");

// The row that answers; the check above means that there is one.
constexpr const Row& row_of(Phase phase, Event event) {
  for (const Row& row : kRows)
    if (row.phase == phase && row.events.has(event)) return row;
  return kRows[0];
}

}  // namespace lastcall::core::table
