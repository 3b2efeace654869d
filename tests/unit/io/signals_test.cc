#include "io/signals.h"

#include <vector>

#include "fixture.h"

namespace lastcall::io::test {
namespace {

struct Fixture : Bench {
  sigset_t mask, before;
  std::vector<SignalEvent> events;
  std::unique_ptr<Signals> signals;
  Fixture() {
    sigemptyset(&mask);
    for (const int number : {SIGTERM, SIGUSR1, SIGRTMIN + 1}) sigaddset(&mask, number);
    ::sigprocmask(SIG_BLOCK, &mask, &before);
  }
  ~Fixture() { ::sigprocmask(SIG_SETMASK, &before, nullptr); }
  void open() {
    signals = std::move(Signals::open(loop, mask, [this](const SignalEvent& event) {
                events.push_back(event);
                loop.stop();
              })).value();
  }
};

TEST_CASE_FIXTURE(Fixture, "a signal that came before anybody looked is not lost, and its sender is known (G39, G189)") {
  ::kill(::getpid(), SIGTERM);
  open();
  REQUIRE(run_until([&] { return !events.empty(); }));
  CHECK(events[0].number == SIGTERM);
  CHECK(events[0].sender_pid == ::getpid());
  CHECK(events[0].sender_uid == ::getuid());
  CHECK(events[0].code == SI_USER);
  CHECK_FALSE(events[0].from_terminal());
}

TEST_CASE_FIXTURE(Fixture, "real-time signals keep their number and their payload: 40 of 40 (P32)") {
  open();
  for (int i = 0; i < 40; ++i) {
    sigval value{};
    value.sival_ptr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(i) + (1ULL << 40));
    REQUIRE(::sigqueue(::getpid(), SIGRTMIN + 1, value) == 0);
  }
  REQUIRE(run_until([&] { return events.size() == 40; }));
  for (std::size_t i = 0; i < 40; ++i) CHECK(events[i].value == i + (1ULL << 40));
  CHECK(events[0].code == SI_QUEUE);
}

TEST_CASE("only what the kernel sends for a typed key counts as the terminal's") {
  CHECK(SignalEvent{.number = SIGINT, .code = SI_KERNEL}.from_terminal());
  CHECK_FALSE(SignalEvent{.number = SIGINT, .sender_pid = 17, .code = SI_USER}.from_terminal());
  CHECK_FALSE(SignalEvent{.number = SIGINT, .sender_pid = 0, .code = SI_USER}.from_terminal());  // from outside our PID namespace
  CHECK_FALSE(SignalEvent{.number = SIGALRM, .code = SI_KERNEL}.from_terminal());
}

}  // namespace
}  // namespace lastcall::io::test
