// The other end is a socket of the test's, as systemd's would be.
#include "os/service_manager.h"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

struct Manager {
  Manager() : name("@lastcall-test-manager-" + std::to_string(::getpid())), fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(sizeof(sa_family_t) + name.size())) == 0);
  }
  std::string next() const {
    char text[512];
    const ssize_t size = ::recv(fd.get(), text, sizeof text, 0);
    return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
  }
  std::string name;
  UniqueFd fd;
};

TEST_CASE("the manager hears what it is told, one datagram each, and one that takes no more blocks nobody (P58, P74)") {
  const Manager manager;
  const ServiceManager link(manager.name, "", "");
  CHECK(link.present());
  CHECK_FALSE(link.watchdog());
  link.tell("READY=1\nSTATUS=serving");
  CHECK(manager.next() == "READY=1\nSTATUS=serving");
  for (int i = 0; i < 10'000; ++i) link.tell("STATUS=nobody reads this");
  CHECK(manager.next() == "STATUS=nobody reads this");
}

TEST_CASE("without a socket, or with a name that is none, there is no manager") {
  for (const char* name : {"", "relative/path", "/no/such/socket", "@nobody-listens-here"}) {
    const ServiceManager link(name, "1000000", "");
    CHECK_FALSE(link.present());
    CHECK_FALSE(link.watchdog());
    link.tell("READY=1");
  }
}

TEST_CASE("a watchdog that names another process is not ours (P58)") {
  const Manager manager;
  const std::string us = std::to_string(::getpid());
  CHECK(ServiceManager(manager.name, "3000000", us).watchdog() == seconds(3));
  CHECK(ServiceManager(manager.name, "3000000", "").watchdog() == seconds(3));
  CHECK_FALSE(ServiceManager(manager.name, "3000000", "1").watchdog());
  CHECK_FALSE(ServiceManager(manager.name, "soon", us).watchdog());
  CHECK_FALSE(ServiceManager(manager.name, "0", us).watchdog());
}

}  // namespace
}  // namespace lastcall::os::test
