#include "supervisor/worker_processes.h"

#include <unistd.h>

#include "fake_worker.h"
#include "fixture.h"
#include "os/pidfd.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

struct Workers : WorkerProcesses::Owner {
  explicit Workers(const std::string& behaviour) : all(supervised.loop, supervised.processes, test::plan_of(behaviour), *this) {
    supervised.after_pass = [this](std::span<const os::Reaped> ended) {
      for (const os::Reaped& one : ended) reaped_codes.push_back(os::shell_code(one.status));
    };
  }
  ~Workers() override {
    const std::vector<int> pids = all.pids();
    all.stop_accepting();  // no replacement
    all.kill_all();
    CHECK(supervised.run_until([this] { return all.pids().empty(); }));
  }
  void on_workers_changed() override { ++changes; }
  void on_workers_failed() override { ++failures; }
  void on_upstream_failed(core::InstanceId, int) override {}
  bool until(std::function<bool()> done) { return supervised.run_until(std::move(done)); }
  // Its number, once it has said that it serves.
  int start_serving() {
    all.set_phase(core::Phase::serving, std::nullopt);
    REQUIRE(all.start().ok());
    REQUIRE(until([this] { return all.ledger().total().phase_version == 1; }));
    return all.pids().front();
  }

  test::Supervised supervised;
  WorkerProcesses all;
  std::vector<int> reaped_codes;
  int changes = 0, failures = 0;
};

constexpr core::InstanceId kOnly[]{0};

core::Deadlines some_deadlines(TimePoint now) {
  return {.t0 = now, .lame = now, .drain = now + seconds(5), .kill = now + seconds(8), .exit = now + seconds(9)};
}

}  // namespace

TEST_CASE("a worker that obeys gives every promise of a stop in turn, and leaves by itself") {
  Workers workers("obey");
  (void)workers.start_serving();
  workers.all.set_phase(core::Phase::draining, some_deadlines(workers.supervised.loop.now()));
  CHECK(workers.all.ledger().facts({}).finite == 1);  // not proven yet
  CHECK(workers.until([&] { return workers.all.ledger().facts({}).finite == 0; }));
  workers.all.stop_accepting();
  CHECK(workers.until([&] { return workers.all.ledger().all_stopped_accepting(); }));
  CHECK(workers.all.swept() == 2);
  workers.all.seal_all(kOnly);
  CHECK(workers.until([&] { return workers.all.ledger().all_sealed(); }));
  workers.all.finish(kNever);
  CHECK(workers.until([&] { return workers.all.ledger().living() == 0; }));
  CHECK(workers.reaped_codes == std::vector<int>{0});
  CHECK(workers.all.restarts() == 0);
}

TEST_CASE("a killed worker is replaced at once, and the new one hears of the phase first (design.md 1.1)") {
  Workers workers("obey");
  const int first = workers.start_serving();
  REQUIRE(os::send_signal_to_pid(first, SIGKILL).ok());
  CHECK(workers.until([&] {
    return !workers.all.pids().empty() && workers.all.pids().front() != first && workers.all.ledger().total().phase_version == 1;
  }));
  CHECK(workers.all.restarts() == 1);
  CHECK(workers.all.ledger().living() == 1);
}

TEST_CASE("after stop_accepting a dead worker is not replaced, and its promises count as given") {
  Workers workers("deaf to seal");
  REQUIRE(workers.all.start().ok());
  workers.all.stop_accepting();
  workers.all.seal_all(kOnly);
  REQUIRE(workers.until([&] { return workers.all.ledger().all_stopped_accepting(); }));
  CHECK_FALSE(workers.all.ledger().all_sealed());
  workers.all.kill_unsealed();
  CHECK(workers.all.ledger().all_sealed());
  CHECK(workers.until([&] { return workers.all.pids().empty(); }));
  CHECK(workers.reaped_codes == std::vector<int>{137});
  CHECK(workers.all.restarts() == 0);
}

TEST_CASE("a worker that is still being born is not killed for the seal: who waits in the queues has only it (G128)") {
  Workers workers("mute");
  REQUIRE(workers.all.start().ok());
  const int newborn = workers.all.pids().front();
  workers.all.stop_accepting();
  workers.all.seal_all(kOnly);
  workers.all.kill_unsealed();
  CHECK(workers.all.ledger().living() == 1);
  CHECK(workers.all.pids() == std::vector<int>{newborn});
}

TEST_CASE("a worker that dies before it has closed its listeners has a successor that closes them; nobody says that all have before") {
  Workers workers("obey");
  const int first = workers.start_serving();
  REQUIRE(os::send_signal_to_pid(first, SIGSTOP).ok());
  workers.all.stop_accepting();
  REQUIRE(os::send_signal_to_pid(first, SIGKILL).ok());
  bool said_before = false;  // on a busy machine the successor may have closed them by the time that we look again
  REQUIRE(workers.until([&] {
    said_before = said_before || (workers.all.restarts() == 0 && workers.all.ledger().all_stopped_accepting());
    return workers.all.restarts() == 1 || said_before;
  }));
  CHECK_FALSE(said_before);
  CHECK(workers.until([&] { return workers.all.ledger().all_stopped_accepting(); }));
  CHECK(workers.all.swept() == 2);
  CHECK(workers.all.ledger().living() == 1);
  CHECK(workers.all.pids().back() != first);
}

TEST_CASE("where each successor dies of what it finds in the queues there are three, and the stop goes on without") {
  Workers workers("poisoned");
  REQUIRE(workers.all.start().ok());
  workers.all.stop_accepting();
  CHECK(workers.until([&] { return workers.all.ledger().all_stopped_accepting(); }));
  CHECK(workers.all.restarts() == 3);
  CHECK(workers.reaped_codes == std::vector<int>{11, 11, 11, 11});
  CHECK(workers.failures == 0);
}

TEST_CASE("a worker of another build is killed at its first word; it is replaced as one that crashes") {
  for (const char* behaviour : {"stranger", "crash"}) {
    Workers workers(behaviour);
    REQUIRE(workers.all.start().ok());
    CHECK(workers.until([&] { return workers.all.restarts() >= 2; }));
    CHECK(workers.reaped_codes.front() == (std::string_view(behaviour) == "crash" ? 9 : 137));
  }
}

TEST_CASE("a connection can be handed to a living worker, and to nobody when none lives") {
  Workers workers("obey");
  UniqueFd pipe_ends[2];
  int raw[2];
  REQUIRE(::pipe(raw) == 0);
  pipe_ends[0].reset(raw[0]);
  pipe_ends[1].reset(raw[1]);
  CHECK_FALSE(workers.all.hand_over(0, std::move(pipe_ends[0])));
  REQUIRE(workers.all.start().ok());
  CHECK(workers.all.hand_over(0, std::move(pipe_ends[1])));
}

TEST_CASE("a worker that answers no ping for five seconds is killed and replaced, and not a second earlier") {
  Workers workers("silent");
  workers.all.set_phase(core::Phase::lame_duck, some_deadlines(workers.supervised.loop.now()));
  REQUIRE(workers.all.start().ok());
  const int first = workers.all.pids().front();
  const TimePoint started = workers.supervised.loop.now();
  CHECK(workers.until([&] { return !workers.all.pids().empty() && workers.all.pids().front() != first; }));
  CHECK(workers.supervised.loop.now() - started >= seconds(5));
  CHECK(workers.reaped_codes == std::vector<int>{137});
}
