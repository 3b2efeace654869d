#include "os/socket.h"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

using Outcome = AcceptResult::Outcome;

Address address(std::string_view text) {
  auto parsed = Address::parse(text);
  REQUIRE_MESSAGE(parsed.ok(), text);
  return parsed.value();
}

UniqueFd listening(std::string_view text) {
  auto made = listen_on(address(text));
  REQUIRE_MESSAGE(made.ok(), text);
  return std::move(made).value();
}

UniqueFd connected(int listener) {
  auto to = local_address(listener);
  auto socket = connect_to(to.value().family() == AF_INET6 ? Address::loopback(to.value().port()) : to.value());
  REQUIRE(socket.ok());
  pollfd ready{.fd = socket.value().get(), .events = POLLOUT, .revents = 0};
  REQUIRE(::poll(&ready, 1, 10'000) == 1);
  REQUIRE(connect_error(socket.value().get()) == 0);
  return std::move(socket).value();
}

AcceptResult accepted(int listener) {
  REQUIRE(becomes_readable(listener));
  AcceptResult result = accept_connection(listener);
  REQUIRE(result.outcome == Outcome::accepted);
  return result;
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(getsockopt(fd, level, name, &value, &size) == 0);
  return value;
}

TEST_CASE("a second listener on the same address fails with EADDRINUSE, and the port is never shared (G18, P92)") {
  const UniqueFd first = listening("127.0.0.1:0");
  const auto second = listen_on(local_address(first.get()).value());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == EADDRINUSE);
  CHECK(second.error().message.find("cannot listen on 127.0.0.1:") == 0);
  CHECK(option(first.get(), SOL_SOCKET, SO_REUSEPORT) == 0);
}

TEST_CASE("a listener comes back at once while connections of the one before are in TIME_WAIT (G18)") {
  UniqueFd first = listening("127.0.0.1:0");
  const Address where = local_address(first.get()).value();
  const UniqueFd client = connected(first.get());
  accepted(first.get()).socket.reset();  // our side closes first, hence TIME_WAIT is ours
  char byte;
  REQUIRE(becomes_readable(client.get()));
  REQUIRE(::recv(client.get(), &byte, 1, 0) == 0);
  ::shutdown(client.get(), SHUT_WR);
  first.reset();
  CHECK(listen_on(where).ok());
}

TEST_CASE("a wildcard listener is dual stack, and an IPv4 peer reads as IPv4 (G19)") {
  const UniqueFd listener = listening(":0");
  const UniqueFd client = connected(listener.get());
  const AcceptResult result = accepted(listener.get());
  CHECK(result.peer.host() == "127.0.0.1");
  CHECK(result.peer.port() == local_address(client.get()).value().port());
}

TEST_CASE("accepted sockets inherit the options of a proxied connection from the listener (G31, G32, G33)") {
  const UniqueFd listener = listening("127.0.0.1:0");
  const UniqueFd client = connected(listener.get());
  const AcceptResult result = accepted(listener.get());
  const int fd = result.socket.get();
  CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT) == 128 * 1024);
  CHECK(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 30'000);
  CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 60);
  CHECK(option(client.get(), IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(option(listener.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT) == 0);  // G20
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("an empty queue is an outcome, and so is a process without descriptors, which leaves the queue alone (G14)") {
  const UniqueFd listener = listening("127.0.0.1:0");
  CHECK(accept_connection(listener.get()).outcome == Outcome::empty);
  const UniqueFd client = connected(listener.get());
  const int code = in_fork([&] {
    rlimit limit{0, 0};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<int>(accept_connection(listener.get()).outcome);
  });
  CHECK(code == static_cast<int>(Outcome::no_descriptors));
  CHECK(accepted(listener.get()).socket);
  CHECK(accept_connection(client.get()).outcome == Outcome::failed);
}

TEST_CASE("a refused connect is told by SO_ERROR") {
  UniqueFd listener = listening("127.0.0.1:0");
  const Address where = local_address(listener.get()).value();
  listener.reset();
  auto socket = connect_to(where);
  REQUIRE(socket.ok());  // in progress, even on loopback
  pollfd ready{.fd = socket.value().get(), .events = POLLOUT, .revents = 0};
  REQUIRE(::poll(&ready, 1, 10'000) == 1);
  CHECK(connect_error(socket.value().get()) == ECONNREFUSED);
}

TEST_CASE("a connection that is reset on close tells its peer so (G27)") {
  const UniqueFd listener = listening("127.0.0.1:0");
  const UniqueFd client = connected(listener.get());
  AcceptResult result = accepted(listener.get());
  set_reset_on_close(result.socket.get());
  result.socket.reset();
  REQUIRE(becomes_readable(client.get()));
  char byte;
  CHECK(::recv(client.get(), &byte, 1, 0) == -1);
  CHECK(errno == ECONNRESET);
}

TEST_CASE("a Unix path that a dead predecessor left is taken over; one that is served, or is a file, is not") {
  const TempDir temp;
  const Address where = address("unix:" + temp.file("socket"));
  {
    auto first = listen_on(where, {.backlog = 4, .unix_mode = 0600});
    REQUIRE(first.ok());
    struct stat info{};
    REQUIRE(::stat(temp.file("socket").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(listen_on(where).error().code == EADDRINUSE);
    CHECK(connect_to(where).ok());  // the attempt above has not unlinked it
    std::vector<UniqueFd> waiting;
    for (auto next = connect_to(where); next.ok(); next = connect_to(where)) waiting.push_back(std::move(next).value());
    CHECK(listen_on(where).error().code == EADDRINUSE);  // nor is one stale that is merely too busy to take the connect
    CHECK(connect_to(where).error().code == EAGAIN);
  }
  CHECK(listen_on(where).ok());
  temp.write("file", "precious", 0644);
  CHECK(listen_on(address("unix:" + temp.file("file"))).error().code == EADDRINUSE);
  CHECK(::access(temp.file("file").c_str(), F_OK) == 0);
}

TEST_CASE("a Unix socket whose backlog is full says EAGAIN, which means: try again (G200)") {
  auto listener = listen_on(address("unix:@lastcall-unit/" + std::to_string(::getpid())), {.backlog = 0});
  REQUIRE(listener.ok());
  const Address where = local_address(listener.value().get()).value();
  const auto first = connect_to(where);
  REQUIRE(first.ok());
  const auto second = connect_to(where);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == EAGAIN);
}

TEST_CASE("the peer of a Unix socket is known by pid and uid") {
  auto ends = seqpacket_pair();
  REQUIRE(ends.ok());
  const auto found = peer_credentials(ends.value().first.get());
  REQUIRE(found.ok());
  CHECK(found.value().pid == ::getpid());
  CHECK(found.value().uid == ::geteuid());
}

}  // namespace
}  // namespace lastcall::os::test
