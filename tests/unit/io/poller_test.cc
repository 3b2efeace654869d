#include "io/poller.h"

#include <vector>

#include "fixture.h"

namespace lastcall::io::test {
namespace {

struct Probe final : Pollable {
  Probe(Bench& b, std::function<void()> t) : bench(b), then(std::move(t)) {
    auto [mine, other] = stream_pair();
    fd = std::move(mine);
    peer = std::move(other);
    REQUIRE(bench.poller->add(fd.get(), *this).ok());
  }
  ~Probe() override { bench.poller->forget(*this); }
  void on_ready(std::uint32_t events) override {
    seen |= events;
    ++calls;
    bench.loop.stop();
    if (then) then();
  }
  Bench& bench;
  std::function<void()> then;
  UniqueFd fd, peer;
  std::uint32_t seen = 0;
  int calls = 0;
};

TEST_CASE("a callback may destroy any other object of the same batch, which is then not called any more") {
  Bench bench;
  int calls = 0;
  std::vector<std::unique_ptr<Probe>> probes;
  // Whichever comes first ends all the others and itself.
  for (int i = 0; i < 10; ++i) {
    probes.push_back(std::make_unique<Probe>(bench, [&] {
      ++calls;
      auto doomed = std::move(probes);
      probes.clear();
    }));
  }
  REQUIRE(bench.run_until([&] { return calls > 0; }));
  bench.settle();
  CHECK(calls == 1);
}

TEST_CASE("more ready descriptors than one batch holds are all served") {
  Bench bench;
  std::vector<std::unique_ptr<Probe>> probes;
  for (int i = 0; i < 700; ++i) probes.push_back(std::make_unique<Probe>(bench, nullptr));
  const auto all_called = [&] {
    for (const auto& probe : probes)
      if (probe->calls == 0) return false;
    return true;
  };
  CHECK(bench.run_until(all_called));
}

TEST_CASE("each change is reported once, not again and again") {
  Bench bench;
  Probe probe(bench, nullptr);
  REQUIRE(bench.run_until([&] { return probe.calls > 0; }));
  CHECK((probe.seen & EPOLLOUT) != 0);
  CHECK((probe.seen & EPOLLIN) == 0);
  put(probe.peer.get(), "x");
  REQUIRE(bench.run_until([&] { return (probe.seen & EPOLLIN) != 0; }));
  const int calls = probe.calls;
  bench.settle();  // the byte is still unread
  CHECK(probe.calls == calls);
  ::shutdown(probe.peer.get(), SHUT_WR);
  CHECK(bench.run_until([&] { return (probe.seen & EPOLLRDHUP) != 0; }));
}

TEST_CASE("what can't be watched is an error, not a crash") {
  Bench bench;
  Probe probe(bench, nullptr);
  CHECK_FALSE(bench.poller->add(-1, probe).ok());
  CHECK_FALSE(bench.poller->add(probe.fd.get(), probe).ok());  // twice
}

// Not registered by its constructor; any descriptor will do.
struct Latecomer final : Pollable {
  explicit Latecomer(Bench& b) : bench(b) {}
  ~Latecomer() override { bench.poller->forget(*this); }
  void on_ready(std::uint32_t events) override {
    seen |= events;
    bench.loop.stop();
  }
  Bench& bench;
  std::uint32_t seen = 0;
};

TEST_CASE("a latecomer is registered after a while by itself, and its first edge tells what has happened until then") {
  Bench bench;
  const auto [mine, other] = stream_pair();
  Latecomer one(bench);
  bench.loop.refresh();
  const TimePoint added = bench.loop.now();
  bench.poller->add_late(mine.get(), one);
  CHECK(bench.poller->is_late(one));
  put(other.get(), "x");
  REQUIRE(bench.run_until([&] { return one.seen != 0; }));
  CHECK(bench.loop.now() - added >= milliseconds(10));
  CHECK((one.seen & EPOLLIN) != 0);
  CHECK_FALSE(bench.poller->is_late(one));
}

TEST_CASE("a latecomer that somebody waits for is registered at once, once") {
  Bench bench;
  const auto [mine, other] = stream_pair();
  Latecomer one(bench);
  bench.poller->add_late(mine.get(), one);
  bench.poller->hurry(mine.get(), one);
  bench.poller->hurry(mine.get(), one);
  CHECK_FALSE(bench.poller->is_late(one));
  bench.settle();
  CHECK((one.seen & EPOLLOUT) != 0);
}

TEST_CASE("latecomers that leave are not registered, whatever has become of their descriptors; those between them are") {
  Bench bench;
  auto [mine, other] = stream_pair();
  auto [mine2, other2] = stream_pair();
  auto gone = std::make_unique<Latecomer>(bench);
  Latecomer stays(bench);
  bench.poller->add_late(mine.get(), *gone);
  bench.poller->add_late(mine2.get(), stays);
  mine.reset();
  gone.reset();
  REQUIRE(bench.run_until([&] { return stays.seen != 0; }));
  CHECK((stays.seen & EPOLLERR) == 0);
}

TEST_CASE("a latecomer that the kernel refuses to watch is told that it is over") {
  Bench bench;
  const UniqueFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));  // epoll_ctl: EPERM
  Latecomer one(bench);
  bench.poller->add_late(file.get(), one);
  bench.poller->hurry(file.get(), one);
  CHECK(one.seen == 0);
  REQUIRE(bench.run_until([&] { return one.seen != 0; }));
  CHECK(one.seen == (EPOLLERR | EPOLLHUP));
}

}  // namespace
}  // namespace lastcall::io::test
