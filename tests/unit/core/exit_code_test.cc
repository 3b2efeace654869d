#include "core/exit_code.h"

#include <doctest/doctest.h>

namespace lastcall::core {
namespace {

constexpr int kTerm = 15;
constexpr int kQuit = 3;

ChildEnd code(int value) { return {false, value}; }
ChildEnd signal(int value) { return {true, value}; }

// One copy, that ended by itself or was asked to.
std::vector<FinalEnd> alone(const ChildEnd& end) { return {{.end = end}}; }
std::vector<FinalEnd> gave_up(const ChildEnd& end) { return {{.end = end, .gave_up = true}}; }
std::vector<FinalEnd> asked(const ChildEnd& end, std::vector<int> signals = {kTerm}) { return {{.end = end, .stop_signals = std::move(signals)}}; }

int exits(const Outcome& outcome) { return decide_exit(outcome).code; }

}  // namespace

TEST_CASE("a child that had to be killed is 137, whatever else happened (decision 7, G202)") {
  CHECK(exits({.cause = Cause::stop_requested, .killed = true, .ends = asked(signal(9))}) == 137);
  CHECK(exits({.cause = Cause::stop_requested, .killed = true, .ends = asked(signal(9)), .dropped = 3, .custom = 5}) == 137);
  CHECK(exits({.cause = Cause::stop_requested, .killed = true}) == 137);  // D state: its end was never seen (P44)
  CHECK(decide_exit({.cause = Cause::stop_requested, .killed = true}).reason == "the child had to be killed");
}

TEST_CASE("a child that ended by itself gives its code, and 128 + n for signal n (P1, P2)") {
  for (int value = 0; value < 256; ++value) CHECK(exits({.cause = Cause::child_exited, .ends = alone(code(value))}) == value);
  for (int value : {1, 2, 6, 9, 11, 15, 34, 64}) CHECK(exits({.cause = Cause::child_exited, .ends = alone(signal(value))}) == 128 + value);
}

TEST_CASE("a child that ended by itself keeps its code although what it left behind had to be killed (P67)") {
  CHECK(exits({.cause = Cause::child_exited, .killed = true, .ends = alone(code(3))}) == 3);
  CHECK(exits({.cause = Cause::child_exited, .killed = true, .ends = alone(code(0))}) == 0);
  CHECK(exits({.cause = Cause::child_exited, .killed = true}) == 137);
}

TEST_CASE("restarts given up are the last child's code, and never 0 (P94)") {
  CHECK(exits({.cause = Cause::child_exited, .ends = gave_up(code(7))}) == 7);
  CHECK(exits({.cause = Cause::child_exited, .ends = gave_up(code(0))}) == 1);
  CHECK(exits({.cause = Cause::stop_requested, .ends = gave_up(code(0))}) == 1);
}

TEST_CASE("a child ended because it was no longer alive is its own code, and never 0 (P94)") {
  const auto not_alive = [](const ChildEnd& end) { return std::vector<FinalEnd>{{.end = end, .not_alive = true}}; };
  CHECK(exits({.cause = Cause::child_exited, .ends = not_alive(code(0))}) == 1);
  CHECK(exits({.cause = Cause::child_exited, .ends = not_alive(signal(kTerm))}) == 143);
  CHECK(decide_exit({.cause = Cause::child_exited, .ends = not_alive(code(0))}).reason == "the child was no longer alive, and was ended");
  CHECK(exits({.cause = Cause::stop_requested, .ends = not_alive(code(0))}) == 0);
}

TEST_CASE("asked to stop, a child that ends with 0, by our stop signal or with a code that stands for it is 0 (G130)") {
  for (const ChildEnd& end : {code(0), signal(kTerm), code(143), code(130)})
    CHECK(exits({.cause = Cause::stop_requested, .ends = asked(end)}) == 0);
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(signal(kQuit), {kQuit})}) == 0);
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(code(131), {kQuit})}) == 0);
  CHECK(exits({.cause = Cause::stop_requested}) == 0);  // stopped before there was a child
}

TEST_CASE("any of the signals of a stop in steps is one that we sent (P11)") {
  for (const ChildEnd& end : {signal(kTerm), signal(kQuit), code(131), code(143), code(130), code(0)})
    CHECK(exits({.cause = Cause::stop_requested, .ends = asked(end, {kQuit, kTerm})}) == 0);
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(signal(1), {kQuit, kTerm})}) == 129);
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(signal(kTerm), {})}) == 143);  // it died before we sent any
}

TEST_CASE("of several copies the first bad end is the service's; where all ended well it did too") {
  const FinalEnd good{.end = signal(kTerm), .stop_signals = {kTerm}}, failed{.end = code(3), .stop_signals = {kTerm}};
  const FinalEnd worse{.end = code(4), .stop_signals = {kTerm}};
  CHECK(exits({.cause = Cause::stop_requested, .ends = {good, good, good}}) == 0);
  CHECK(exits({.cause = Cause::stop_requested, .ends = {good, failed, worse}}) == 3);
  CHECK(exits({.cause = Cause::stop_requested, .killed = true, .ends = {good, failed, good}}) == 137);
}

TEST_CASE("the copy whose end ends the service is judged as one nobody asked, the others as asked to stop") {
  const FinalEnd first{.end = code(143)}, stopped{.end = code(143), .stop_signals = {kTerm}}, well{.end = code(0)};
  CHECK(exits({.cause = Cause::child_exited, .ends = {first, stopped}}) == 143);
  CHECK(exits({.cause = Cause::child_exited, .ends = {well, stopped}}) == 0);
}

TEST_CASE("a copy that was given up is told at the end, whatever the others do (P94)") {
  const FinalEnd well{.end = code(0), .stop_signals = {kTerm}};
  CHECK(exits({.cause = Cause::stop_requested, .ends = {{.end = code(7), .gave_up = true}, well}}) == 7);
  CHECK(exits({.cause = Cause::child_exited, .ends = {{.end = code(0), .gave_up = true}, {.end = code(0)}}}) == 1);
}

TEST_CASE("of all 256 x 256 remappings each changes its own code and no other (P10)") {
  for (int from = 0; from < 256; ++from)
    for (int to = 0; to < 256; ++to) {
      const std::map<int, int> codes{{from, to}};
      if (remap({from, "x"}, codes).code != to) FAIL("not remapped: ", from, " to ", to);
      const int other = (from + 1 + to) % 256;
      if (other != from && remap({other, "x"}, codes).code != other) FAIL("remapped without being listed: ", other);
    }
  CHECK(remap({143, "x"}, {}).code == 143);
  CHECK(remap({143, "x"}, {{143, 0}, {0, 5}}).code == 0);  // once
  CHECK(remap({143, "the child ended with code 143"}, {{143, 0}}).reason ==
        "the child ended with code 143; exit_codes makes 0 of 143");
}

TEST_CASE("asked to stop, a child that fails on its way out is not covered up") {
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(code(1))}) == 1);
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(code(131))}) == 131);  // QUIT was not what we sent
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(signal(11))}) == 139);
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(signal(kTerm), {kQuit})}) == 143);
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(signal(9))}) == 137);  // killed, but not by us
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(code(7)), .dropped = 2, .custom = 5}) == 7);
}

TEST_CASE("requests dropped at a deadline make a stop 1, the classic forced, even with a custom code") {
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(code(0)), .dropped = 1}) == 1);
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(signal(kTerm)), .dropped = 2, .custom = 5}) == 1);
  CHECK(decide_exit({.cause = Cause::stop_requested, .ends = asked(code(0)), .dropped = 2}).reason ==
        "2 requests or jobs were dropped at a deadline");
  CHECK(exits({.cause = Cause::child_exited, .ends = alone(code(0)), .dropped = 2}) == 0);  // nobody asked: no deadline of ours
}

TEST_CASE("a custom code comes only after everything that went wrong") {
  CHECK(exits({.cause = Cause::stop_requested, .ends = asked(code(0)), .custom = 42}) == 42);
  CHECK(exits({.cause = Cause::child_exited, .ends = alone(code(0)), .custom = 42}) == 42);
}

TEST_CASE("a service that never started or could not go on has the code of its reason") {
  CHECK(exits({.cause = Cause::child_not_ready, .ends = asked(signal(kTerm))}) == 124);
  CHECK(exits({.cause = Cause::child_not_ready, .killed = true, .ends = asked(signal(9))}) == 124);
  CHECK(exits({.cause = Cause::workers_failed, .ends = asked(code(0)), .dropped = 4}) == 70);
}

TEST_CASE("the codes are those that decision 7 and sysexits.h name") {
  CHECK(static_cast<int>(ExitCode::forced) == 1);
  CHECK(static_cast<int>(ExitCode::usage) == 64);
  CHECK(static_cast<int>(ExitCode::address_busy) == 69);
  CHECK(static_cast<int>(ExitCode::workers_failed) == 70);
  CHECK(static_cast<int>(ExitCode::kernel_refused) == 71);
  CHECK(static_cast<int>(ExitCode::configuration) == 78);
  CHECK(static_cast<int>(ExitCode::never_ready) == 124);
  CHECK(static_cast<int>(ExitCode::child_setup) == 125);
  CHECK(static_cast<int>(ExitCode::not_executable) == 126);
  CHECK(static_cast<int>(ExitCode::not_found) == 127);
  CHECK(static_cast<int>(ExitCode::killed) == 137);
}

}  // namespace lastcall::core
