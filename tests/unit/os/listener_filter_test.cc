#include "os/listener_filter.h"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "fixture.h"
#include "os/socket.h"

namespace lastcall::os::test {
namespace {

// The handshake over loopback is complete when connect() returns, unless the SYN was dropped.
int state_of(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  REQUIRE(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
  return info.tcpi_state;
}

bool has_filter(int fd) {
  socklen_t count = 0;
  REQUIRE(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, nullptr, &count) == 0);
  return count > 0;
}

TEST_CASE("the filter turns new connections away and keeps those that are in the queue (G4, G5)") {
  const UniqueFd listener = std::move(listen_on(Address::loopback(0))).value();
  const Address where = local_address(listener.get()).value();
  const UniqueFd early = std::move(connect_to(where)).value();
  REQUIRE(state_of(early.get()) == TCP_ESTABLISHED);  // the control: without the filter the same gets through
  if (!attach_syn_filter(listener.get())) {
    MESSAGE("skipped: socket filters are not permitted here");
    return;
  }
  const UniqueFd late = std::move(connect_to(where)).value();
  CHECK(state_of(late.get()) == TCP_SYN_SENT);
  const AcceptResult result = accept_connection(listener.get());
  REQUIRE(result.outcome == AcceptResult::Outcome::accepted);
  CHECK(result.peer.port() == local_address(early.get()).value().port());
  CHECK(accept_connection(listener.get()).outcome == AcceptResult::Outcome::empty);
  char byte = 'x';
  REQUIRE(::send(early.get(), &byte, 1, 0) == 1);
  CHECK(becomes_readable(result.socket.get()));

  detach_filter(listener.get());
  CHECK_FALSE(has_filter(listener.get()));
  const UniqueFd again = std::move(connect_to(where)).value();
  CHECK(state_of(again.get()) == TCP_ESTABLISHED);
}

TEST_CASE("taking a filter away where there is none does no harm") {
  const UniqueFd listener = std::move(listen_on(Address::loopback(0))).value();
  detach_filter(listener.get());
  CHECK_FALSE(has_filter(listener.get()));
}

}  // namespace
}  // namespace lastcall::os::test
