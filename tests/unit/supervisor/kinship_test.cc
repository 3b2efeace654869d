#include "supervisor/kinship.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "fixture.h"
#include "os/spawn.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

os::Process process(int pid, int parent, int group) { return {.pid = pid, .parent = parent, .group = group, .start_time = 1, .name = "x"}; }

std::vector<int> kept(const Kinship& kin, std::vector<os::Process> found) {
  kin.keep_own(found);
  std::vector<int> pids;
  for (const os::Process& one : found) pids.push_back(one.pid);
  std::ranges::sort(pids);
  return pids;
}

// Numbers far beyond those of living processes: nobody's environment is read by mistake.
constexpr int kMain = 4'000'001, kOther = 4'000'002;

}  // namespace

TEST_CASE("a copy's own are its main process, its descendants and its group, and none of another copy's") {
  Kinship kin("");
  kin.descend_from(kMain);
  const int us = ::getpid();
  CHECK(kept(kin, {process(kMain, us, kMain), process(kMain + 10, kMain, 77), process(kMain + 11, kMain + 10, 77),
                   process(kMain + 12, us, kMain), process(kOther, us, kOther), process(kMain + 13, kOther, kOther), process(kMain + 14, us, 5)}) ==
        std::vector<int>{kMain, kMain + 10, kMain + 11, kMain + 12});
}

TEST_CASE("what was seen below main stays its own when main is gone, unless the number is somebody else's by then") {
  Kinship kin("");
  kin.descend_from(kMain);
  os::Process stray = process(kMain + 10, kMain, 77);
  kin.remember({stray});
  stray.parent = ::getpid();
  CHECK(kept(kin, {stray}).size() == 1);
  os::Process successor = stray;
  successor.start_time = 2;
  CHECK(kept(kin, {successor}).empty());
  kin.descend_from(kOther);
  CHECK(kept(kin, {stray}).empty());
}

TEST_CASE("who is left when a copy's own are taken out are the others") {
  Kinship kin("");
  kin.descend_from(kMain);
  std::vector<os::Process> found{process(kMain, 1, kMain), process(kOther, 1, kOther)};
  kin.leave_others(found);
  REQUIRE(found.size() == 1);
  CHECK(found.front().pid == kOther);
}

TEST_CASE("an orphan is known by the mark in its environment, whole and not as a part of another") {
  test::inherited();
  os::SpawnRequest request;
  request.argv = {"/bin/sleep", "1000"};
  request.env = {"A=LASTCALL_COPY=7.1", "LASTCALL_COPY=7.12", "B="};
  const auto spawned = os::spawn(request);
  REQUIRE(static_cast<bool>(spawned));
  const int pid = spawned.child->pid;
  const os::Process orphan = *os::read_process(pid);
  CHECK(kept(Kinship("LASTCALL_COPY=7.12"), {orphan}) == std::vector<int>{pid});
  for (const char* other : {"LASTCALL_COPY=7.1", "LASTCALL_COPY=7.2", "COPY=7.12", ""}) CHECK(kept(Kinship(other), {orphan}).empty());
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}
