#include "os/socket_access.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

TEST_CASE("what keeps another user from a socket is named: the first closed directory, or the socket itself") {
  const TempDir temp;
  const std::string directory = temp.file("run"), path = directory + "/app.sock";
  REQUIRE(::mkdir(directory.c_str(), 0755) == 0);
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const Credentials stranger{54321, 54321, {}};
  const std::string root = temp.file("");
  ::chmod(root.c_str(), 0755);
  const auto closed = what_keeps_out(path, stranger);
  REQUIRE(closed);
  CHECK(closed->path == path);
  CHECK(closed->describe() == path + " has mode 0600 and belongs to " + std::to_string(::geteuid()) + ":" + std::to_string(::getegid()));
  ::chmod(path.c_str(), 0662);
  CHECK_FALSE(what_keeps_out(path, stranger));
  ::chmod(directory.c_str(), 0750);
  REQUIRE(what_keeps_out(path, stranger));
  CHECK(what_keeps_out(path, stranger)->path == directory);
  CHECK_FALSE(what_keeps_out(path, {54321, ::getgid(), {}}));
  CHECK_FALSE(what_keeps_out(path, {54321, 54321, {::getgid()}}));
  CHECK_FALSE(what_keeps_out(path, {0, 0, {}}));
  CHECK_FALSE(what_keeps_out(directory + "/none", {54321, ::getgid(), {}}));  // it can't be looked at: no hint
}

}  // namespace
}  // namespace lastcall::os::test
