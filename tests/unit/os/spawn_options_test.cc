// What a child can be given on its way from fork to exec: limits, priority, identity, capabilities, its own pid in its variables.
#include <doctest/doctest.h>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>

#include "fixture.h"
#include "os/capabilities.h"
#include "os/resource_limits.h"

namespace lastcall::os::test {
namespace {

bool not_root() {
  if (::geteuid() == 0) return false;
  MESSAGE("skipped: needs root");
  return true;
}

SpawnRequest status_of_child() {
  SpawnRequest request;
  request.argv = {"/bin/cat", "/proc/self/status"};
  return request;
}

const Credentials kSomebody{.uid = 54321, .gid = 54322, .groups = {54322, 54323}};

TEST_CASE("the new process's own pid stands in the variables that shall hold it, all others stay (P57)") {
  SpawnRequest request = shell("echo $$ $LISTEN_PID $WATCHDOG_PID $OTHER_PID");
  request.env.insert(request.env.end(), {"LISTEN_PID=1234567890123", "OTHER_PID=7", "WATCHDOG_PID="});
  request.own_pid_variables = {"LISTEN_PID", "WATCHDOG_PID", "NOT_THERE"};
  const Output output = run(request);
  REQUIRE(output.result);
  const std::string pid = std::to_string(output.result.child->pid);
  CHECK(output.text == pid + " " + pid + " " + pid + " 7\n");
}

TEST_CASE("umask and niceness are the child's alone (P55)") {
  SpawnRequest request = shell("umask; ulimit -c; cut -d' ' -f19 /proc/$$/stat");
  const int ours = ::getpriority(PRIO_PROCESS, 0);
  request.umask = 0027;
  request.nice = 7;
  request.limits = {{.resource = RLIMIT_CORE, .soft = 0, .hard = 0}};
  CHECK(run(request).text == "0027\n0\n7\n");
  CHECK(::getpriority(PRIO_PROCESS, 0) == ours);
}

TEST_CASE("oom_score_adj is written for the child alone (P55)") {
  SpawnRequest request = shell("cat /proc/$$/oom_score_adj");
  const std::string ours = run(request).text;
  request.oom_score_adj = 567;
  CHECK(run(request).text == "567\n");
  request.oom_score_adj.reset();
  CHECK(run(request).text == ours);
}

TEST_CASE("limits come after what our parent had, and the message names the one that can't be set (P9, P53)") {
  SpawnRequest request = shell("ulimit -Sn; ulimit -Hn");
  InheritedState state;
  state.nofile_soft = 300;
  state.nofile_hard = 400;
  request.restore = &state;
  CHECK(run(request).text == "300\n400\n");
  request.limits = {{.resource = RLIMIT_NOFILE, .soft = 100, .hard = 200}};
  CHECK(run(request).text == "100\n200\n");
  request.limits = {{.resource = RLIMIT_CORE, .soft = 0, .hard = 0}, {.resource = RLIMIT_STACK, .soft = RLIM_INFINITY, .hard = 5}};
  const SpawnResult refused = spawn(request);
  REQUIRE_FALSE(refused);
  CHECK(refused.failure.exit_code == 125);
  CHECK(refused.failure.message == "cannot run /bin/sh: its limit stack can't be set to unlimited:5: Invalid argument");
}

TEST_CASE("a niceness that only root may have is a failure of the set-up, 125 (P9)") {
  if (not_root()) return;
  const int code = in_fork([] {
    if (::setresgid(54321, 54321, 54321) != 0 || ::setresuid(54321, 54321, 54321) != 0) return 1;
    SpawnRequest request = shell("exit 0");
    request.nice = -20;
    return spawn(request).failure.exit_code;
  });
  CHECK(code == 125);
}

TEST_CASE("no capabilities at all: root's program can do nothing that takes one, and nothing below it can again (P60)") {
  if (not_root()) return;
  SpawnRequest request = status_of_child();
  request.capabilities = 0;
  const std::string status = run(request).text;
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    CAPTURE(set);
    CHECK(status_field(status, set) == "0000000000000000");
  }
  request = shell("chown 1 /dev/null 2>/dev/null; echo $?");
  request.capabilities = 0;
  CHECK(run(request).text != "0\n");
}

TEST_CASE("capabilities to keep survive the change of user, and nothing else does (P60)") {
  if (not_root()) return;
  const int number = parse_capability("net_bind_service").value();
  const std::string mask = "0000000000000400";
  REQUIRE(number == 10);
  SpawnRequest request = status_of_child();
  request.credentials = kSomebody;
  request.capabilities = CapabilitySet{1} << number;
  const std::string status = run(request).text;
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    CAPTURE(set);
    CHECK(status_field(status, set) == mask);
  }
  CHECK(status_field(status, "Uid") == "54321\t54321\t54321\t54321");
  CHECK(status_field(status, "Groups") == "54322 54323 ");
  CHECK(::prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0);
}

TEST_CASE("without root a bounding set can't be limited: 125, not a promise that is not kept (P9)") {
  if (not_root()) return;
  const int code = in_fork([] {
    if (::setresgid(54321, 54321, 54321) != 0 || ::setresuid(54321, 54321, 54321) != 0) return 1;
    SpawnRequest request = shell("exit 0");
    request.capabilities = 0;
    const SpawnFailure failure = spawn(request).failure;
    return failure.message.find("CAP_SETPCAP") == std::string::npos ? 2 : failure.exit_code;
  });
  CHECK(code == 125);
}

TEST_CASE("the parent-death signal is still armed after user and capabilities have changed (P42, decision 15)") {
  if (not_root()) return;
  SpawnRequest request;
  request.argv = {"/usr/bin/python3", "-c",
                  "import ctypes; n=ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(n)); print(n.value)"};
  request.credentials = kSomebody;
  request.capabilities = CapabilitySet{1} << 10;
  request.parent_death_signal = SIGTERM;
  request.no_new_privileges = true;
  CHECK(run(request).text == "15\n");
}

TEST_CASE("a descriptor number that no process can have gives 125 (P9)") {
  SpawnRequest request = shell("exit 0");
  request.descriptors = {{0, 1 << 28}};
  const SpawnResult refused = spawn(request);
  REQUIRE_FALSE(refused);
  CHECK(refused.failure.exit_code == 125);
}

TEST_CASE("limits and capabilities by every name that people use, and back") {
  for (const char* name : {"nofile", "NOFILE", "RLIMIT_NOFILE", "LimitNOFILE"}) CHECK(parse_limit_name(name) == RLIMIT_NOFILE);
  for (const char* name : {"", "files", "rlimit_"}) CHECK_FALSE(parse_limit_name(name));
  for (int resource = 0; resource < static_cast<int>(RLIM_NLIMITS); ++resource) CHECK(parse_limit_name(limit_name(resource)) == resource);
  for (const char* name : {"sys_admin", "CAP_SYS_ADMIN", "cap_sys_admin", "21"}) CHECK(parse_capability(name) == 21);
  for (const char* name : {"", "cap_", "everything", "64", "-1"}) CHECK_FALSE(parse_capability(name));
  for (int number = 0; number < 64; ++number) CHECK(parse_capability(capability_name(number)) == number);
  CHECK(capability_name(40) == "checkpoint_restore");
}

}  // namespace
}  // namespace lastcall::os::test
