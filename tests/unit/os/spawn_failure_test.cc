#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

SpawnResult try_to_run(std::string command, std::string path = "/usr/bin:/bin") {
  SpawnRequest request;
  request.argv = {std::move(command)};
  request.env = {"PATH=" + std::move(path)};
  return spawn(request);
}

bool no_child_is_left() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

TEST_CASE("a command that does not exist gives 127 and one line that names it (P4)") {
  const SpawnResult result = try_to_run("nodee");
  REQUIRE_FALSE(result);
  CHECK(result.failure.stage == SpawnFailure::Stage::exec);
  CHECK(result.failure.exit_code == 127);
  CHECK(result.failure.message == "cannot run nodee: not found in PATH (/usr/bin:/bin)");
  CHECK(try_to_run("/no/such/nodee").failure.exit_code == 127);
  CHECK(try_to_run("").failure.exit_code == 127);
  CHECK(no_child_is_left());
}

TEST_CASE("a file that is not executable, or a directory, gives 126 (P5)") {
  const TempDir temp;
  const SpawnResult plain = try_to_run(temp.write("plain", "#!/bin/sh\n", 0644));
  CHECK(plain.failure.exit_code == 126);
  CHECK(plain.failure.message.find("chmod +x") != std::string::npos);
  const SpawnResult directory = try_to_run(temp.path());
  CHECK(directory.failure.exit_code == 126);
  CHECK(directory.failure.message.find("is a directory") != std::string::npos);
}

TEST_CASE("a path that leads nowhere gives 127, whatever the reason (P6)") {
  const TempDir temp;
  const std::string file = temp.write("file", "", 0755);
  const std::string loop = temp.file("loop");
  REQUIRE(::symlink(loop.c_str(), loop.c_str()) == 0);
  CHECK(try_to_run(file + "/below").failure.exit_code == 127);
  CHECK(try_to_run(loop).failure.exit_code == 127);
  CHECK(try_to_run("/" + std::string(5000, 'x')).failure.exit_code == 127);
}

TEST_CASE("a script without a first line is refused with 126: no shell is tried behind the user's back (P6)") {
  const TempDir temp;
  const SpawnResult result = try_to_run(temp.write("script", "echo hello\n", 0755));
  CHECK(result.failure.exit_code == 126);
  CHECK(result.failure.error == ENOEXEC);
  CHECK(result.failure.message.find("#!/bin/sh") != std::string::npos);
}

TEST_CASE("a script whose interpreter is missing or forbidden names the interpreter (P7, P6)") {
  const TempDir temp;
  const SpawnResult missing = try_to_run(temp.write("missing", "#! /no/such/python3 -u\n", 0755));
  CHECK(missing.failure.exit_code == 127);
  CHECK(missing.failure.message.find("needs /no/such/python3, which does not exist") != std::string::npos);
  const std::string interpreter = temp.write("interpreter", "", 0644);
  const SpawnResult forbidden = try_to_run(temp.write("forbidden", "#!" + interpreter + "\n", 0755));
  CHECK(forbidden.failure.exit_code == 126);
  CHECK(forbidden.failure.message.find(interpreter) != std::string::npos);
  const SpawnResult windows = try_to_run(temp.write("windows", "#!/bin/sh\r\necho\r\n", 0755));
  CHECK(windows.failure.exit_code == 127);
  CHECK(windows.failure.message.find("Windows") != std::string::npos);
}

TEST_CASE("PATH is searched to its end: a forbidden file does not hide a good one behind it") {
  const TempDir temp;
  REQUIRE(::mkdir(temp.file("a").c_str(), 0755) == 0);
  REQUIRE(::mkdir(temp.file("b").c_str(), 0755) == 0);
  temp.write("a/tool", "#!/bin/sh\nexit 1\n", 0644);
  CHECK(try_to_run("tool", temp.file("a") + ":" + temp.file("b")).failure.exit_code == 126);
  temp.write("b/tool", "#!/bin/sh\nexit 7\n", 0755);
  const SpawnResult result = try_to_run("tool", temp.file("none") + ":" + temp.file("a") + ":" + temp.file("b"));
  REQUIRE(result);
  CHECK(wait_for(result.child->pid) == 7);
}

TEST_CASE("a directory that does not exist is a failure of the set-up, 125, not the command's own (P9)") {
  SpawnRequest request = shell("exit 0");
  request.dir = "/no/such/directory";
  const SpawnResult result = spawn(request);
  REQUIRE_FALSE(result);
  CHECK(result.failure.stage == SpawnFailure::Stage::setup);
  CHECK(result.failure.exit_code == 125);
  CHECK(result.failure.message == "cannot run /bin/sh: can't change to directory /no/such/directory: No such file or directory");
  CHECK(no_child_is_left());
}

TEST_CASE("a limit that can't be set gives 125 (P9)") {
  SpawnRequest request = shell("exit 0");
  request.limits = {{RLIMIT_NOFILE, 100, 50}};
  CHECK(spawn(request).failure.exit_code == 125);
}

TEST_CASE("a refused fork gives 71, and nothing is left behind (P8)") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: needs root");
    return;
  }
  const int code = in_fork([] {
    const rlimit none{1, 1};
    if (::setrlimit(RLIMIT_NPROC, &none) != 0 || ::setresuid(54321, 54321, 54321) != 0) return 1;
    const SpawnResult result = spawn(shell("exit 0"));
    return result || result.failure.stage != SpawnFailure::Stage::fork ? 2 : result.failure.exit_code;
  });
  CHECK(code == 71);
}

TEST_CASE("no descriptor left for the error pipe gives 71 (P8)") {
  const int code = in_fork([] {
    const rlimit few{3, 3};
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 1;
    return spawn(shell("exit 0")).failure.exit_code;
  });
  CHECK(code == 71);
}

}  // namespace
}  // namespace lastcall::os::test
