#include "io/acceptor.h"

#include <sys/resource.h>

#include <vector>

#include "base/log.h"
#include "fixture.h"

namespace lastcall::io::test {
namespace {

struct Fixture : Bench {
  UniqueFd listener = std::move(os::listen_on(Address::loopback(0))).value();
  Address where = os::local_address(listener.get()).value();
  std::vector<UniqueFd> clients, served;
  std::vector<Address> peers;
  Acceptor acceptor{loop, listener.get(), [this](UniqueFd socket, const Address& peer) {
                      served.push_back(std::move(socket));
                      peers.push_back(peer);
                      loop.stop();
                    }};

  // Over loopback the handshake is complete, and the connection in the queue, when this returns.
  void connect(int count) {
    for (int i = 0; i < count; ++i) clients.push_back(std::move(os::connect_to(where)).value());
  }
};

TEST_CASE_FIXTURE(Fixture, "every connection arrives once, with its peer") {
  acceptor.start();
  connect(30);
  REQUIRE(run_until([&] { return served.size() == 30; }));
  settle();
  CHECK(served.size() == 30);
  CHECK(peers[0].port() == os::local_address(clients[0].get()).value().port());
}

TEST_CASE_FIXTURE(Fixture, "at most four are taken in one turn, so that a flood does not starve those who are served (G13)") {
  connect(9);
  std::vector<std::size_t> after_each_turn;
  acceptor.start();
  while (served.size() < 9) {
    loop.run();  // on_connection stops the loop, which ends with this turn
    after_each_turn.push_back(served.size());
  }
  CHECK(after_each_turn == std::vector<std::size_t>{4, 8, 9});
}

TEST_CASE_FIXTURE(Fixture, "while it pauses the connections wait in the kernel's queue, and none is lost (G12)") {
  acceptor.start();
  acceptor.pause();
  connect(3);
  settle();
  CHECK(served.empty());
  acceptor.start();
  REQUIRE(run_until([&] { return served.size() == 3; }));
}

TEST_CASE_FIXTURE(Fixture, "the last sweep takes all that queued, whether it was accepting or not, and says how many (G4, G6)") {
  connect(25);
  CHECK(acceptor.sweep() == 25);
  CHECK(served.size() == 25);
  CHECK(acceptor.sweep() == 0);
  connect(1);
  settle();
  CHECK(served.size() == 25);  // a sweep starts nothing
  acceptor.start();
  CHECK(acceptor.sweep() == 1);
}

// No free descriptor as long as it lives.
struct Exhausted {
  rlimit before{};
  Exhausted() {
    ::getrlimit(RLIMIT_NOFILE, &before);
    const UniqueFd next(::dup(0));
    rlimit now = before;
    now.rlim_cur = static_cast<rlim_t>(next.get());  // the lowest free number is the first that is forbidden
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~Exhausted() { ::setrlimit(RLIMIT_NOFILE, &before); }
};

struct Silence {  // accept_paused is expected here
  Silence() { set_log_level(LogLevel::off); }
  ~Silence() { set_log_level(LogLevel::info); }
};

TEST_CASE_FIXTURE(Fixture, "without descriptors it pauses and keeps the queue; a freed one ends the pause (G14)") {
  const Silence silence;
  connect(2);
  acceptor.start();
  {
    const Exhausted exhausted;
    settle();
    CHECK(served.empty());
  }
  settle();
  CHECK(served.empty());  // still pausing: no spinning on a descriptor that is readable all the time
  acceptor.on_descriptor_freed();
  REQUIRE(run_until([&] { return served.size() == 2; }));
  char byte;
  CHECK(::recv(clients[0].get(), &byte, 1, MSG_DONTWAIT) == -1);
  CHECK(errno == EAGAIN);  // neither closed nor reset meanwhile
}

TEST_CASE_FIXTURE(Fixture, "a sweep that runs out of descriptors does not start what was paused") {
  const Silence silence;
  connect(1);
  {
    const Exhausted exhausted;
    CHECK(acceptor.sweep() == 0);
  }
  acceptor.on_descriptor_freed();
  settle();
  CHECK(served.empty());
  CHECK(acceptor.sweep() == 1);
}

TEST_CASE_FIXTURE(Fixture, "without descriptors it tries again by itself after a while (G14)") {
  const Silence silence;
  connect(1);
  acceptor.start();
  {
    const Exhausted exhausted;
    settle();
  }
  CHECK(run_until([&] { return served.size() == 1; }));
}

}  // namespace
}  // namespace lastcall::io::test
