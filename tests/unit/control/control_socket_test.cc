#include "control/control_socket.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "os/socket.h"

using namespace lastcall;
using namespace lastcall::control;

namespace {

struct Place {
  Place() { REQUIRE(::mkdtemp(path) != nullptr); }
  ~Place() { ::rmdir(path); }
  char path[64] = "/tmp/lastcall-control-test-XXXXXX";
  std::string file() const { return std::string(path) + "/c.sock"; }
};

}  // namespace

TEST_CASE("a socket at a place of the user's is private, taken over from a dead one, and gone with its owner") {
  Place place;
  for (int life = 0; life < 2; ++life) {
    auto socket = ControlSocket::open(place.file(), {});
    REQUIRE(socket.ok());
    CHECK(socket.value().name() == place.file());
    struct stat entry{};
    REQUIRE(::stat(place.file().c_str(), &entry) == 0);
    CHECK((entry.st_mode & 0777) == 0600);
    if (life == 0) {
      // As if it was killed: the file stays, nobody listens.
      UniqueFd listener = socket.value().take_listener();
      ControlSocket moved = std::move(socket).value();
      listener.reset();
      REQUIRE(::rename(place.file().c_str(), (place.file() + ".kept").c_str()) == 0);
      { const ControlSocket gone = std::move(moved); }
      REQUIRE(::rename((place.file() + ".kept").c_str(), place.file().c_str()) == 0);
    }
  }
  CHECK(::access(place.file().c_str(), F_OK) != 0);
}

TEST_CASE("a place where somebody listens is refused, with its name") {
  Place place;
  const auto first = ControlSocket::open(place.file(), {});
  REQUIRE(first.ok());
  const auto second = ControlSocket::open(place.file(), {});
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.find(place.file()) != std::string::npos);
}

TEST_CASE("our own user is the operator") {
  auto socket = ControlSocket::open("@lastcall-control-test/" + std::to_string(::getpid()), {});
  REQUIRE(socket.ok());
  UniqueFd listener = socket.value().take_listener();
  const UniqueFd client = std::move(os::connect_to(Address::parse("unix:" + socket.value().name()).value())).value();
  const os::AcceptResult accepted = os::accept_connection(listener.get());
  const auto peer = socket.value().judge(accepted.socket.get());
  REQUIRE(peer.has_value());
  CHECK(peer->authority == Authority::operator_);
  CHECK(peer->pid == ::getpid());
}
