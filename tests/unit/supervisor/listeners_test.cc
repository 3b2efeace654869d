#include "supervisor/listeners.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "os/port_owner.h"
#include "os/socket.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

Address any_port() { return Address::loopback(0); }

std::string temporary_path() { return "/tmp/lastcall-listeners-" + std::to_string(::getpid()) + ".sock"; }

}  // namespace

TEST_CASE("a busy port is an error that names the port and who holds it, and means exit 69 (P92)") {
  auto first = Listeners::open({any_port()});
  REQUIRE(first.ok());
  const Address taken = os::local_address(first.value().descriptors()[0]).value();
  const auto second = Listeners::open({taken});
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == EADDRINUSE);
  CHECK(second.error().message.find(taken.to_string()) != std::string::npos);
  if (const auto owner = os::who_listens_on(taken.port()); owner)
    CHECK(second.error().message.find("held by " + owner->name + " (pid " + std::to_string(::getpid()) + ")") != std::string::npos);
  CHECK(Listeners::exit_code(second.error()) == 69);
}

TEST_CASE("a place that can't be had is explained with the option that names it") {
  const auto why = [](const char* place, int code) {
    return Listeners::explain(Address::parse(place).value(), Error{code, "cannot listen"}, "--control").message;
  };
  CHECK(why("unix:/no/such/x.sock", ENOENT) == "cannot listen; the directory does not exist: create it, or choose another place with --control");
  CHECK(why("unix:/etc/passwd", EADDRINUSE) == "cannot listen; a file that is no socket is in the way: choose another place with --control");
  CHECK(why("unix:@taken", EADDRINUSE) == "cannot listen; another server answers there: stop it, or choose another place with --control");
  CHECK(why("unix:/root/x.sock", EACCES) == "cannot listen; this user may not create a socket in that directory: choose another place with --control");
  CHECK(why("127.0.0.1:1", EADDRINUSE).ends_with(": stop it, or choose another port with --control"));
}

TEST_CASE("a kernel that refuses for another reason means exit 71") {
  CHECK(Listeners::exit_code(Error{EACCES, ""}) == 71);
  CHECK(Listeners::exit_code(Error{EMFILE, ""}) == 71);
}

TEST_CASE("one address that can't be had closes those before it") {
  auto busy = Listeners::open({any_port()});
  REQUIRE(busy.ok());
  const Address taken = os::local_address(busy.value().descriptors()[0]).value();
  std::uint16_t other_port = 0;
  {
    auto other = Listeners::open({any_port()});
    REQUIRE(other.ok());
    other_port = os::local_address(other.value().descriptors()[0]).value().port();
  }
  CHECK_FALSE(Listeners::open({Address::loopback(other_port), taken}).ok());
  CHECK(Listeners::open({Address::loopback(other_port)}).ok());
}

TEST_CASE("the last sweep hands over every queued connection with its listener, and then nobody can connect (G1, G6)") {
  auto opened = Listeners::open({any_port(), any_port()});
  REQUIRE(opened.ok());
  Listeners& listeners = opened.value();
  const Address second = os::local_address(listeners.descriptors()[1]).value();
  auto one = os::connect_to(second), two = os::connect_to(second);
  REQUIRE(one.ok());
  REQUIRE(two.ok());

  std::vector<UniqueFd> taken;
  const std::size_t count = listeners.sweep_and_close([&](std::uint32_t listener, UniqueFd connection) {
    CHECK(listener == 1);
    taken.push_back(std::move(connection));
  });
  CHECK(count == 2);
  CHECK_FALSE(listeners.open());
  // Handed over, not reset: what is written arrives.
  REQUIRE(::send(one.value().get(), "x", 1, MSG_NOSIGNAL) == 1);
  char byte = 0;
  CHECK(::recv(taken[0].get(), &byte, 1, 0) == 1);
  const auto late = os::connect_to(second);
  CHECK((!late.ok() || os::connect_error(late.value().get()) == ECONNREFUSED));
}

TEST_CASE("while new clients are turned away, a connection that stands works on (G4)") {
  auto opened = Listeners::open({any_port()});
  REQUIRE(opened.ok());
  Listeners& listeners = opened.value();
  auto client = os::connect_to(os::local_address(listeners.descriptors()[0]).value());
  REQUIRE(client.ok());
  listeners.refuse_new();
  UniqueFd served;
  CHECK(listeners.sweep_and_close([&](std::uint32_t, UniqueFd connection) { served = std::move(connection); }) == 1);
  REQUIRE(::send(client.value().get(), "x", 1, MSG_NOSIGNAL) == 1);
  char byte = 0;
  CHECK(::recv(served.get(), &byte, 1, 0) == 1);
}

TEST_CASE("a Unix socket's path goes with its listener, but never a successor's") {
  const std::string path = temporary_path();
  const Address address = Address::parse("unix:" + path).value();
  {
    auto opened = Listeners::open({address});
    REQUIRE(opened.ok());
    CHECK(std::filesystem::exists(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));

  auto first = Listeners::open({address});
  REQUIRE(first.ok());
  std::filesystem::remove(path);
  auto successor = Listeners::open({address});
  REQUIRE(successor.ok());
  first.value().close();
  CHECK(std::filesystem::exists(path));
}
