#include "io/fd_watch.h"

#include "fixture.h"

namespace lastcall::io::test {
namespace {

struct Fixture : Bench {
  UniqueFd fd, peer;
  int events = 0, calls = 0;
  std::unique_ptr<FdWatch> watch;
  Fixture() {
    auto [mine, other] = stream_pair();
    fd = std::move(mine);
    peer = std::move(other);
    watch = std::make_unique<FdWatch>(loop, fd.get(), [this](int seen) {
      events = seen;
      ++calls;
      loop.stop();
    });
  }
};

TEST_CASE_FIXTURE(Fixture, "it reports again and again until the descriptor is read, and nothing after stop()") {
  watch->start(FdWatch::readable);
  put(peer.get(), "x");
  REQUIRE(run_until([&] { return calls >= 3; }));
  CHECK(events == FdWatch::readable);
  watch->stop();
  const int before = calls;
  settle();
  CHECK(calls == before);
}

TEST_CASE_FIXTURE(Fixture, "start() replaces the events that were watched before") {
  watch->start(FdWatch::readable | FdWatch::writable);
  REQUIRE(run_until([&] { return calls > 0; }));
  CHECK(events == FdWatch::writable);
  watch->start(FdWatch::readable);
  const int before = calls;
  settle();
  CHECK(calls == before);
}

TEST_CASE_FIXTURE(Fixture, "the end of the other side is reported") {
  watch->start(FdWatch::hangup);
  peer.reset();
  REQUIRE(run_until([&] { return calls > 0; }));
  CHECK((events & FdWatch::hangup) != 0);
}

TEST_CASE("an error is reported once as all events and does not spin the loop") {
  Bench bench;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd writing(ends[1]);
  int calls = 0, events = 0;
  FdWatch watch(bench.loop, writing.get(), [&](int seen) {
    ++calls;
    events = seen;
    bench.loop.stop();
  });
  watch.start(FdWatch::hangup);
  ::close(ends[0]);
  REQUIRE(bench.run_until([&] { return calls > 0; }));
  bench.settle();
  CHECK(calls == 1);
  CHECK(events == (FdWatch::readable | FdWatch::writable | FdWatch::hangup));
}

TEST_CASE("a watch may destroy itself in its own callback, and its descriptor stays open") {
  Bench bench;
  auto [mine, other] = stream_pair();
  put(other.get(), "x");
  std::unique_ptr<FdWatch> watch;
  watch = std::make_unique<FdWatch>(bench.loop, mine.get(), [&](int) {
    watch.reset();
    bench.loop.stop();
  });
  watch->start(FdWatch::readable);
  REQUIRE(bench.run_until([&] { return watch == nullptr; }));
  CHECK(take(mine.get()) == "x");
}

}  // namespace
}  // namespace lastcall::io::test
