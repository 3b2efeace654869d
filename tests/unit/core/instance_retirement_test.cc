#include "core/instance_retirement.h"

#include <doctest/doctest.h>

#include <vector>

namespace lastcall::core {
namespace {

using Act = RetireAction;
using Acts = std::vector<RetireAction>;

constexpr TimePoint kStart = TimePoint(seconds(1000));

struct Copy {
  InstanceRetirement retirement{{.drain = seconds(10), .stop = seconds(5)}};
  InstanceRetirement::Facts facts{.sealed = false, .finite = 2, .main_runs = true, .gone = false};

  Acts begin() {
    retirement.begin(kStart);
    return acts();
  }
  Acts at(double second, InstanceRetirement::Facts now) {
    facts = now;
    retirement.on_facts(facts, time(second));
    return acts();
  }
  Acts pass(double second) {
    retirement.on_time(time(second));
    return acts();
  }
  Acts acts() {
    Acts all;
    while (const auto action = retirement.next_action()) all.push_back(*action);
    return all;
  }
  static TimePoint time(double second) { return kStart + milliseconds(static_cast<int>(second * 1000)); }
};

constexpr InstanceRetirement::Facts kGone{.sealed = true, .finite = 0, .main_runs = false, .gone = true};

}  // namespace

TEST_CASE("a copy leaves in order: sealed, drained, stopped, its rest told to go, gone") {
  Copy copy;
  CHECK(copy.begin() == Acts{Act::seal});
  CHECK(copy.at(0.1, {.sealed = false, .finite = 0, .main_runs = true}).empty());
  CHECK(copy.at(0.2, {.sealed = true, .finite = 2, .main_runs = true}).empty());
  CHECK(copy.at(0.3, {.sealed = true, .finite = 1, .main_runs = true}).empty());
  CHECK(copy.at(2, {.sealed = true, .finite = 0, .main_runs = true}) == Acts{Act::stop_main});
  CHECK(copy.at(2.5, {.sealed = true, .finite = 0, .main_runs = false}) == Acts{Act::signal_rest});
  CHECK(copy.retirement.running());
  CHECK(copy.at(2.6, kGone) == Acts{Act::report_gone});
  CHECK_FALSE(copy.retirement.running());
  CHECK_FALSE(copy.retirement.killed());
  CHECK(copy.retirement.deadline() == kNever);
}

TEST_CASE("nobody's answer, no stop signal: before the seal of every worker nothing is stopped, however long it takes") {
  Copy copy;
  copy.begin();
  CHECK(copy.pass(3600).empty());
  CHECK(copy.retirement.deadline() == kNever);
}

TEST_CASE("what does not finish within the drain is not waited for; a main that ignores its signals is killed at its time, once") {
  Copy copy;
  copy.begin();
  copy.at(0, {.sealed = true, .finite = 3, .main_runs = true});
  CHECK(copy.retirement.deadline() == copy.time(10));
  CHECK(copy.pass(9.9).empty());
  CHECK(copy.pass(10) == Acts{Act::stop_main});
  CHECK(copy.retirement.deadline() == copy.time(15));
  CHECK(copy.pass(14.9).empty());
  CHECK(copy.pass(15) == Acts{Act::kill_all});
  CHECK(copy.retirement.killed());
  CHECK(copy.at(15.1, kGone) == Acts{Act::report_gone});
}

TEST_CASE("what not even SIGKILL ends is given up after a while") {
  Copy copy;
  copy.begin();
  CHECK(copy.at(0, {.sealed = true, .finite = 0, .main_runs = false}) == Acts{Act::signal_rest});
  CHECK(copy.pass(5) == Acts{Act::kill_all});
  CHECK(copy.pass(9.9).empty());
  CHECK(copy.pass(10) == Acts{Act::report_gone});
}

TEST_CASE("a copy that dies while it is sealed or drained needs no stop signal, only its rest does") {
  for (const bool sealed : {false, true}) {
    Copy copy;
    copy.begin();
    copy.at(1, {.sealed = sealed, .finite = 4, .main_runs = true});
    CHECK(copy.at(2, {.sealed = sealed, .finite = 4, .main_runs = false}) == Acts{Act::signal_rest});
  }
}

TEST_CASE("one that ended for good by itself is cleared up after: its rest is told, waited for, killed") {
  Copy copy;
  copy.facts.main_runs = false;
  copy.retirement.on_facts(copy.facts, kStart);
  copy.retirement.skip_drain(kStart);
  CHECK(copy.at(0, copy.facts) == Acts{Act::signal_rest});
  CHECK(copy.pass(5) == Acts{Act::kill_all});
  CHECK(copy.at(6, kGone) == Acts{Act::report_gone});
  copy.retirement.begin(kStart);
  copy.retirement.skip_drain(kStart);
  CHECK(copy.acts().empty());
}

TEST_CASE("a copy that asks for more time after its stop signal has it, but not beyond what a stop of the service would leave it") {
  Copy copy{.retirement = InstanceRetirement({.drain = seconds(10), .stop = seconds(5), .at_most = seconds(12)})};
  copy.begin();
  copy.retirement.extend(seconds(60), Copy::time(0));  // it was not asked to stop yet
  CHECK(copy.at(1, {.sealed = true, .finite = 0, .main_runs = true}) == Acts{Act::stop_main});
  CHECK(copy.retirement.deadline() == Copy::time(6));
  copy.retirement.extend(seconds(1), Copy::time(2));  // never less than it has
  CHECK(copy.retirement.deadline() == Copy::time(6));
  copy.retirement.extend(seconds(5), Copy::time(5));
  CHECK(copy.retirement.deadline() == Copy::time(10));
  copy.retirement.extend(kInfinite, Copy::time(6));
  CHECK(copy.retirement.deadline() == Copy::time(12));
  CHECK(copy.pass(11.9).empty());
  CHECK(copy.pass(12) == Acts{Act::kill_all});
}

}  // namespace lastcall::core
