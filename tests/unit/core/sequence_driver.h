// Drives a ShutdownSequence on virtual time for the unit tests: says what happens and when, and collects what it hands out.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/shutdown_sequence.h"

namespace lastcall::core {

constexpr TimePoint kT0 = TimePoint(seconds(1000));
constexpr TimePoint at(double value) { return kT0 + Duration(static_cast<Duration::rep>(value * 1e9)); }

inline GraceBudget budget_of(const GraceOptions& options) {
  const auto result = GraceBudget::make(options);
  REQUIRE(result.ok());
  return result.value();
}

// The facts of a service with one quiet worker and a living child.
constexpr Facts kQuiet{};
constexpr Facts kNothingLeft{.listeners_closed = true, .sealed = true, .child_gone = true, .workers_finished = true};

struct Driver {
  explicit Driver(const GraceOptions& options = {.grace = seconds(30)}) : sequence(budget_of(options)) {}

  Driver& event(Event what, double when) {
    sequence.on_event(what, at(when));
    return *this;
  }
  Driver& facts(const Facts& what, double when) {
    sequence.on_facts(what, at(when));
    return *this;
  }
  Driver& time(double when) {
    sequence.on_time(at(when));
    return *this;
  }
  Driver& serve() {
    event(Event::child_ready, -100);
    take();
    return *this;
  }
  Phase phase() const { return sequence.phase(); }

  // The actions since the last call, as words, without the announcements; those about hooks only where a test is about hooks.
  std::vector<std::string> take() {
    std::vector<std::string> words;
    while (const auto action = sequence.next_action()) {
      const std::string word(to_string(*action));
      if (*action != Action::announce_phase && (hooks || !word.ends_with("_hooks"))) words.push_back(word);
    }
    return words;
  }

  ShutdownSequence sequence;
  bool hooks = false;
};

using Words = std::vector<std::string>;

}  // namespace lastcall::core

namespace doctest {
template <>
struct StringMaker<lastcall::core::Words> {
  static String convert(const lastcall::core::Words& words) {
    std::string text;
    for (const auto& word : words) text += word + " ";
    return text.c_str();
  }
};
template <>
struct StringMaker<lastcall::core::Phase> {
  static String convert(lastcall::core::Phase phase) { return std::string(to_string(phase)).c_str(); }
};
}  // namespace doctest
