#include "rehearsal/load.h"

#include <doctest/doctest.h>

#include "played_server.h"
#include "rehearsal/idle_watch.h"

namespace lastcall::rehearsal::test {
namespace {

using io::test::put;

struct Visit {
  Bench bench;
  PlayedServer server;
  Load load{bench.loop, *bench.poller, {.server = server.address(), .path = "/", .clients = 1, .pause = milliseconds(1)}};

  void until_answered(std::uint64_t count) {
    CHECK(bench.run_until([&] {
      stop_soon.arm_after(milliseconds(1));
      return load.before().answered >= count;
    }));
  }
  io::CallbackTimer stop_soon{bench.loop, [this] { bench.loop.stop(); }};
};

}  // namespace

TEST_CASE("at the stop every client has a request under way, and a refused connect afterwards ends it without a loss") {
  Visit visit;
  visit.load.start();
  UniqueFd connection = visit.server.accept(visit.bench);
  read_request(visit.bench, connection.get());
  put(connection.get(), kHello);
  visit.until_answered(1);
  visit.load.begin_stop();
  CHECK(visit.load.in_flight_at_stop() == 1);
  read_request(visit.bench, connection.get());
  visit.server.stop_listening();
  put(connection.get(), "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  CHECK(visit.bench.run_until([&] {
    visit.stop_soon.arm_after(milliseconds(1));
    return visit.load.over();
  }));
  CHECK(visit.load.before().answered == 1);
  CHECK(visit.load.after().answered == 1);
  CHECK(visit.load.after().refused == 1);
  CHECK(visit.load.after().losses() == 0);
}

TEST_CASE("what has no answer at the end is lost, and a 503 while stopping is no answer and no loss") {
  Visit visit;
  visit.load.start();
  UniqueFd connection = visit.server.accept(visit.bench);
  visit.load.begin_stop();
  read_request(visit.bench, connection.get());
  put(connection.get(), "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  connection = visit.server.accept(visit.bench);
  read_request(visit.bench, connection.get());
  visit.load.give_up();
  CHECK(visit.load.after().unavailable == 1);
  CHECK(visit.load.after().answered == 0);
  CHECK(visit.load.after().lost == 1);
  CHECK(visit.load.over());
}

TEST_CASE("before the stop a refused connect is tried again") {
  Visit visit;
  visit.server.stop_listening();
  visit.load.start();
  CHECK(visit.bench.run_until([&] {
    visit.stop_soon.arm_after(milliseconds(1));
    return visit.load.before().refused >= 2;
  }));
  CHECK(!visit.load.over());
}

TEST_CASE("the idle watch measures when the command closes an idle connection") {
  Bench bench;
  PlayedServer server;
  bool done = false;
  IdleWatch watch(bench.loop, *bench.poller, {.command = server.address(), .path = "/", .pool_idle = seconds(4)}, [&] {
    done = true;
    bench.loop.stop();
  });
  watch.start();
  UniqueFd connection = server.accept(bench);
  read_request(bench, connection.get());
  put(connection.get(), kHello);
  bench.settle();
  bench.settle();
  CHECK(!done);
  connection.reset();
  CHECK(bench.run_until([&] { return done; }));
  const IdleFigures figures = watch.figures();
  CHECK(figures.keep_alive);
  REQUIRE(figures.closed_after.has_value());
  CHECK(*figures.closed_after < seconds(4));
  CHECK(figures.watched == *figures.closed_after);
}

TEST_CASE("the idle watch ends when it has seen more than our own pool keeps, when a time is announced, and when nobody answers") {
  struct Way {
    std::string answer;
    bool keep_alive;
    std::uint32_t announced;
  };
  for (const Way& way :
       {Way{kHello, true, 0}, Way{"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n", true, 5}, Way{"", false, 0}}) {
    Bench bench;
    PlayedServer server;
    bool done = false;
    IdleWatch watch(bench.loop, *bench.poller, {.command = server.address(), .path = "/", .pool_idle = milliseconds(1)}, [&] {
      done = true;
      bench.loop.stop();
    });
    watch.start();
    UniqueFd connection = server.accept(bench);
    read_request(bench, connection.get());
    way.answer.empty() ? connection.reset() : put(connection.get(), way.answer);
    CHECK(bench.run_until([&] { return done; }));
    CHECK(watch.figures().keep_alive == way.keep_alive);
    CHECK(watch.figures().announced == way.announced);
    CHECK(!watch.figures().closed_after.has_value());
  }
}

TEST_CASE("the idle watch does not wait for ever for a page that never comes") {
  Bench bench;
  PlayedServer server;
  bool done = false;
  IdleWatch watch(bench.loop, *bench.poller,
                  {.command = server.address(), .path = "/events", .pool_idle = seconds(4), .answer_within = milliseconds(1)}, [&] {
                    done = true;
                    bench.loop.stop();
                  });
  watch.start();
  CHECK(bench.run_until([&] { return done; }));
  CHECK(watch.figures().status == 0);
  CHECK(watch.figures().watched == Duration::zero());
}

}  // namespace lastcall::rehearsal::test
