#include "os/privileges.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

TEST_CASE("a user is found by name, with a group, or as a bare number without an entry (decision 14)") {
  const auto root = find_user("root");
  REQUIRE(root.ok());
  CHECK(root.value().credentials.uid == 0);
  CHECK(root.value().home == "/root");
  const auto number = find_user("54321:54322");
  REQUIRE(number.ok());
  CHECK(number.value().credentials == Credentials{54321, 54322, {54322}});
  CHECK(number.value().name.empty());
  CHECK(find_user("0").value().name == "root");
  const auto grouped = find_user("root:daemon");
  REQUIRE(grouped.ok());
  CHECK(grouped.value().credentials.gid == 1);
}

TEST_CASE("an unknown user or group is named in the error, and -1 is no user") {
  CHECK(find_user("nobody-here").error().message == "there is no user \"nobody-here\" in /etc/passwd");
  CHECK(find_user("root:nogroup-here").error().message == "there is no group \"nogroup-here\" in /etc/group");
  CHECK_FALSE(find_user("4294967295").ok());
  CHECK_FALSE(find_user("").ok());
}

TEST_CASE("privileges that were given up do not come back, and no supplementary group stays") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: needs root");
    return;
  }
  const int code = in_fork([] {
    if (!become({54321, 54322, {}}).ok()) return 1;
    if (::getuid() != 54321 || ::geteuid() != 54321 || ::getgid() != 54322 || ::getgroups(0, nullptr) != 0) return 2;
    if (::setresuid(0, 0, 0) == 0) return 3;
    if (!become({54321, 54322, {}}).ok()) return 4;  // already so: nothing to do
    return become({0, 0, {}}).ok() ? 5 : 0;
  });
  CHECK(code == 0);
}

TEST_CASE("no_new_privs is set for good") {
  const int code = in_fork([] {
    if (!set_no_new_privileges().ok()) return 1;
    const Output output = run([] {
      SpawnRequest request;
      request.argv = {"/bin/cat", "/proc/self/status"};
      return request;
    }());
    return status_field(output.text, "NoNewPrivs") == "1" ? 0 : 2;
  });
  CHECK(code == 0);
}

}  // namespace
}  // namespace lastcall::os::test
