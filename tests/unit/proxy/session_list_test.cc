#include "proxy/session_list.h"

#include <doctest/doctest.h>

#include <vector>

#include "proxy/exchange.h"
#include "proxy/session.h"
#include "proxy/upstream_pool.h"
#include "io/callback_timer.h"

using namespace lastcall;
using proxy::Session;
using proxy::SessionKind;

namespace {

struct Ground {
  Ground() : poller(io::Poller::open(loop).value()), context(settings, loop, *poller, counters) {}

  void run_a_turn() {
    io::CallbackTimer end(loop, [this] { loop.stop(); });
    end.arm_after(Duration::zero());
    loop.run();
  }

  config::Settings settings;
  io::Loop loop;
  std::unique_ptr<io::Poller> poller;
  proto::CountersPage counters{};
  proxy::WorkerContext context;
};

class FakeSession final : public Session {
 public:
  FakeSession(Ground& ground, SessionKind kind, int& alive) : Session(ground.context, kind), alive_(alive) { ++alive_; }
  ~FakeSession() override { --alive_; }
  void start() override {}
  void on_phase_change() override {}
  void drop() override { retire(); }
  int client_descriptor() const override { return -1; }
  void become(SessionKind kind) { set_kind(kind); }

 private:
  void on_timer(TimePoint) override {}
  void on_stream(io::Stream&) override {}
  int& alive_;
};

FakeSession& add(Ground& ground, SessionKind kind, int& alive) {
  auto session = std::make_unique<FakeSession>(ground, kind, alive);
  FakeSession& added = *session;
  ground.context.sessions.add(std::move(session));
  return added;
}

}  // namespace

TEST_CASE("the gauges follow each session from kind to kind and out of the list") {
  Ground ground;
  proxy::SessionList& list = ground.context.sessions;
  int alive = 0;
  FakeSession& first = add(ground, SessionKind::idle, alive);
  add(ground, SessionKind::idle, alive);
  CHECK(list.count(SessionKind::idle) == 2);
  first.become(SessionKind::finite);
  CHECK(list.count(SessionKind::idle) == 1);
  CHECK(list.count(SessionKind::finite) == 1);
  first.drop();
  CHECK(list.count(SessionKind::finite) == 0);
  CHECK(list.size() == 1);
  CHECK_FALSE(list.empty());
}

TEST_CASE("a retired session leaves the gauges at once and is destroyed at the end of the turn") {
  Ground ground;
  int alive = 0, told = 0;
  ground.context.sessions.on_retired = [&] {
    CHECK(alive == 0);  // their descriptors are free by now
    ++told;
  };
  FakeSession& session = add(ground, SessionKind::finite, alive);
  session.drop();
  session.drop();  // again: no matter
  CHECK(session.retired());
  CHECK(ground.context.sessions.empty());
  CHECK(alive == 1);
  session.become(SessionKind::stream);  // the dead are not counted
  CHECK(ground.context.sessions.count(SessionKind::stream) == 0);
  ground.run_a_turn();
  CHECK(alive == 0);
  CHECK(told == 1);
  ground.context.sessions.on_retired = nullptr;
}

TEST_CASE("a visitor may retire any session, and the retired are not visited") {
  Ground ground;
  int alive = 0;
  std::vector<FakeSession*> sessions;
  for (int i = 0; i < 5; ++i) sessions.push_back(&add(ground, SessionKind::idle, alive));
  int visits = 0;
  ground.context.sessions.for_each([&](Session&) {
    ++visits;
    for (FakeSession* session : sessions) session->drop();
  });
  CHECK(visits == 1);
  CHECK(ground.context.sessions.empty());
  ground.run_a_turn();
  CHECK(alive == 0);
}

TEST_CASE("every change of a gauge is told, with where from and where to") {
  Ground ground;
  int alive = 0;
  std::vector<std::pair<SessionKind, SessionKind>> changes;
  ground.context.sessions.on_change = [&](SessionKind from, SessionKind to) { changes.emplace_back(from, to); };
  FakeSession& session = add(ground, SessionKind::idle, alive);
  session.become(SessionKind::idle);  // no change
  session.become(SessionKind::finite);
  session.drop();
  using enum SessionKind;
  CHECK(changes == std::vector<std::pair<SessionKind, SessionKind>>{{lingering, idle}, {idle, finite}, {finite, lingering}});
  ground.context.sessions.on_change = nullptr;
}

TEST_CASE("a list that ends takes its sessions with it") {
  int alive = 0;
  {
    Ground ground;
    for (int i = 0; i < 3; ++i) add(ground, SessionKind::stream, alive);
    CHECK(alive == 3);
  }
  CHECK(alive == 0);
}
