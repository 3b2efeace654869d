#include "supervisor/signal_policy.h"

#include <doctest/doctest.h>

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

io::SignalEvent from_user(int number) { return {.number = number, .sender_pid = 4711, .sender_uid = 1000, .code = SI_USER}; }
io::SignalEvent typed(int number) { return {.number = number, .code = SI_KERNEL}; }
TimePoint at(int ms) { return TimePoint(milliseconds(ms)); }

}  // namespace

TEST_CASE("TERM, INT and QUIT mean one stop, and their repetition never more than that (G124)") {
  SignalPolicy policy(os::InheritedState{});
  for (const int number : {SIGTERM, SIGINT, SIGQUIT}) {
    CHECK(policy.judge(from_user(number), {.ending = false, .now = at(0)}) == Meaning::stop);
    for (int i = 1; i <= 20; ++i) CHECK(policy.judge(from_user(number), {.ending = true, .now = at(i * 1000)}) == Meaning::stop);
  }
}

TEST_CASE("only Ctrl-C typed at our terminal escalates, and not while the key is held down (G125, decision 5)") {
  SignalPolicy policy(os::InheritedState{});
  CHECK(policy.judge(typed(SIGINT), {.ending = false, .now = at(0)}) == Meaning::stop);
  CHECK(policy.judge(typed(SIGINT), {.ending = true, .now = at(299)}) == Meaning::nothing);
  CHECK(policy.judge(typed(SIGINT), {.ending = true, .now = at(300)}) == Meaning::escalate);
  CHECK(policy.judge(typed(SIGINT), {.ending = true, .now = at(500)}) == Meaning::nothing);
  CHECK(policy.judge(typed(SIGINT), {.ending = true, .now = at(600)}) == Meaning::escalate);
}

TEST_CASE("TERM after INT leaves less time where the platform kills next, and changes nothing anywhere else (G156)") {
  for (const bool platform : {true, false}) {
    SignalPolicy policy(os::InheritedState{}, {}, platform);
    CHECK(policy.judge(from_user(SIGINT), {.ending = false, .now = at(0)}) == Meaning::stop);
    CHECK(policy.judge(from_user(SIGINT), {.ending = true, .now = at(1000)}) == Meaning::stop);
    CHECK(policy.judge(from_user(SIGTERM), {.ending = true, .now = at(2000)}) == (platform ? Meaning::hurry : Meaning::stop));
  }
  SignalPolicy policy(os::InheritedState{}, {}, true);
  CHECK(policy.judge(from_user(SIGTERM), {.ending = false, .now = at(0)}) == Meaning::stop);
  CHECK(policy.judge(from_user(SIGTERM), {.ending = true, .now = at(1000)}) == Meaning::stop);
  SignalPolicy at_home(os::InheritedState{}, {}, true);
  CHECK(at_home.judge(typed(SIGINT), {.ending = false, .now = at(0)}) == Meaning::stop);
  CHECK(at_home.judge(from_user(SIGTERM), {.ending = true, .now = at(1000)}) == Meaning::stop);
}

TEST_CASE("the first Ctrl-C after a TERM only repeats the stop") {
  SignalPolicy policy(os::InheritedState{});
  CHECK(policy.judge(from_user(SIGTERM), {.ending = false, .now = at(0)}) == Meaning::stop);
  CHECK(policy.judge(typed(SIGINT), {.ending = true, .now = at(1000)}) == Meaning::stop);
  CHECK(policy.judge(typed(SIGINT), {.ending = true, .now = at(2000)}) == Meaning::escalate);
}

TEST_CASE("HUP is the child's while it serves, nobody's while it stops, and a stop when the terminal went away (G40, P87)") {
  SignalPolicy policy(os::InheritedState{});
  CHECK(policy.judge(from_user(SIGHUP), {.ending = false}) == Meaning::forward);
  CHECK(policy.judge(from_user(SIGHUP), {.ending = true}) == Meaning::nothing);
  CHECK(policy.judge(typed(SIGHUP), {.ending = false}) == Meaning::stop);
  CHECK(policy.judge(from_user(SIGHUP), {.ending = false, .terminal_lost = true}) == Meaning::stop);
}

TEST_CASE("under nohup a terminal that goes away changes nothing (G40, P46)") {
  os::InheritedState nohup;
  nohup.ignored[SIGHUP] = true;
  SignalPolicy policy(nohup);
  CHECK(policy.judge(typed(SIGHUP), {.ending = false}) == Meaning::nothing);
  CHECK(policy.judge(from_user(SIGHUP), {.ending = false, .terminal_lost = true}) == Meaning::nothing);
}

TEST_CASE("USR1, USR2, WINCH and real-time signals are the child's, also while it stops; the rest is nobody's (P32, P35)") {
  SignalPolicy policy(os::InheritedState{});
  for (const bool ending : {false, true})
    for (const int number : {SIGUSR1, SIGUSR2, SIGWINCH, SIGRTMIN, SIGRTMIN + 3, SIGRTMAX})
      CHECK(policy.judge(from_user(number), {.ending = ending}) == Meaning::forward);
  for (const int number : {SIGALRM, SIGPIPE, SIGURG, SIGIO, SIGPROF})
    CHECK(policy.judge(from_user(number), {.ending = false}) == Meaning::nothing);
  CHECK(policy.judge(from_user(SIGCHLD), {}) == Meaning::child_changed);
  CHECK(policy.judge(typed(SIGTSTP), {}) == Meaning::suspend);
  CHECK(policy.judge(from_user(SIGCONT), {}) == Meaning::resume);
}

TEST_CASE("what the user wrote wins over the default, for the signals of a stop as for all others (P35, P36)") {
  config::SignalRules rules;
  for (const char* text : {"TERM=QUIT", "INT=forward", "HUP=stop", "USR1=stop", "USR2=ignore", "WINCH=0", "ALRM=forward", "34=10"})
    REQUIRE(config::parse_rule(text, rules).ok());
  SignalPolicy policy(os::InheritedState{}, rules);
  for (const bool ending : {false, true}) {
    CAPTURE(ending);
    for (const int number : {SIGTERM, SIGINT, SIGALRM, 34}) CHECK(policy.judge(from_user(number), {.ending = ending}) == Meaning::forward);
    for (const int number : {SIGHUP, SIGUSR1, SIGQUIT}) CHECK(policy.judge(from_user(number), {.ending = ending}) == Meaning::stop);
    for (const int number : {SIGUSR2, SIGWINCH}) CHECK(policy.judge(from_user(number), {.ending = ending}) == Meaning::nothing);
  }
  CHECK(policy.judge(typed(SIGINT), {.ending = true, .now = at(5000)}) == Meaning::forward);
  CHECK(policy.judge(typed(SIGHUP), {}) == Meaning::stop);
  CHECK(policy.for_child(SIGTERM) == SIGQUIT);
  CHECK(policy.for_child(SIGALRM) == SIGALRM);
  CHECK(policy.for_child(34) == SIGUSR1);
  CHECK(policy.for_child(SIGRTMIN + 1) == SIGRTMIN + 1);
}

TEST_CASE("a written HUP means what is written whoever sends it, and is never forwarded into a stop (G40, P87)") {
  config::SignalRules rules;
  REQUIRE(config::parse_rule("HUP=USR1", rules).ok());
  SignalPolicy policy(os::InheritedState{}, rules);
  for (const io::SignalEvent& event : {from_user(SIGHUP), typed(SIGHUP)}) {
    CHECK(policy.judge(event, {.ending = false, .terminal_lost = true}) == Meaning::forward);
    CHECK(policy.judge(event, {.ending = true}) == Meaning::nothing);
  }
  CHECK(policy.for_child(SIGHUP) == SIGUSR1);
}

TEST_CASE("job control may be ruled, and SIGCHLD never") {
  config::SignalRules rules;
  REQUIRE(config::parse_rule("TSTP=ignore", rules).ok());
  SignalPolicy policy(os::InheritedState{}, rules);
  CHECK(policy.judge(typed(SIGTSTP), {}) == Meaning::nothing);
  CHECK(policy.judge(from_user(SIGCONT), {}) == Meaning::resume);
  rules[SIGCHLD] = {config::SignalRule::Action::ignore, 0};
  CHECK(SignalPolicy(os::InheritedState{}, rules).judge(from_user(SIGCHLD), {}) == Meaning::child_changed);
}
