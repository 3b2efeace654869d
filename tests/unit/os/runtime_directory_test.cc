#include "os/runtime_directory.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "fixture.h"
#include "os/socket.h"

namespace lastcall::os::test {
namespace {

struct Fixture {
  TempDir temp;
  Fixture() { ::setenv("RUNTIME_DIRECTORY", (temp.path() + ":/elsewhere").c_str(), 1); }
  ~Fixture() { ::unsetenv("RUNTIME_DIRECTORY"); }
  std::string expected() const { return temp.file("lastcall-" + std::to_string(::getpid())); }
};

bool is_listed(const std::string& path) { return std::ranges::count(find_runtime_directories(), path) == 1; }

TEST_CASE_FIXTURE(Fixture, "the directory lies where systemd says, is closed to others, is found by ctl, and goes with its owner") {
  {
    auto directory = RuntimeDirectory::create();
    REQUIRE(directory.ok());
    CHECK(directory.value().path() == expected());
    struct stat info{};
    REQUIRE(::stat(expected().c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0750);
    CHECK(is_listed(expected()));
    const auto listener = listen_on(Address::parse("unix:" + directory.value().file("control.sock")).value());
    CHECK(listener.ok());
    RuntimeDirectory moved = std::move(directory).value();
    CHECK(moved.path() == expected());
  }
  CHECK(::access(expected().c_str(), F_OK) == -1);
  CHECK_FALSE(is_listed(expected()));
}

TEST_CASE_FIXTURE(Fixture, "what a killed predecessor with our pid left behind is taken over, without its sockets") {
  REQUIRE(::mkdir(expected().c_str(), 0700) == 0);
  const std::string socket = expected() + "/control.sock";
  { const auto listener = listen_on(Address::parse("unix:" + socket).value()); }
  REQUIRE(::access(socket.c_str(), F_OK) == 0);
  CHECK_FALSE(is_listed(expected()));
  auto directory = RuntimeDirectory::create();
  REQUIRE(directory.ok());
  CHECK(directory.value().path() == expected());
  CHECK(::access(socket.c_str(), F_OK) == -1);
}

TEST_CASE_FIXTURE(Fixture, "two lastcalls with one pid, as in containers that share a volume, get a directory each") {
  auto first = RuntimeDirectory::create();
  auto second = RuntimeDirectory::create();
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first.value().path() == expected());
  CHECK(second.value().path() == expected() + ".1");
}

TEST_CASE_FIXTURE(Fixture, "a link that somebody else put there is not followed") {
  const TempDir elsewhere;
  REQUIRE(::symlink(elsewhere.path().c_str(), expected().c_str()) == 0);
  auto directory = RuntimeDirectory::create();
  REQUIRE(directory.ok());
  CHECK(directory.value().path() == expected() + ".1");
}

TEST_CASE("a place that can't be written gives way to the next, and a path that fits no socket address is none") {
  const TempDir temp;
  REQUIRE(::chmod(temp.path().c_str(), 0711) == 0);
  ::setenv("RUNTIME_DIRECTORY", "/proc/self", 1);
  ::setenv("XDG_RUNTIME_DIR", temp.path().c_str(), 1);
  CHECK(RuntimeDirectory::create().value().path().starts_with(temp.path()));
  ::setenv("RUNTIME_DIRECTORY", ("/tmp/" + std::string(100, 'x')).c_str(), 1);
  CHECK(RuntimeDirectory::create().value().path().starts_with(temp.path()));
  // Root's workers are somebody else: a place that only root may enter would hide the child's socket from them.
  REQUIRE(::chmod(temp.path().c_str(), 0700) == 0);
  CHECK(RuntimeDirectory::create().value().path().starts_with(temp.path()) == (::geteuid() != 0));
  ::unsetenv("RUNTIME_DIRECTORY");
  ::unsetenv("XDG_RUNTIME_DIR");
}

}  // namespace
}  // namespace lastcall::os::test
