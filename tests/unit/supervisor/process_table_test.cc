#include "supervisor/process_table.h"

#include <sys/wait.h>

#include <algorithm>
#include <optional>

#include "fixture.h"
#include "os/spawn.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

int spawn(const std::string& program) {
  os::SpawnRequest request;
  request.argv = {"/bin/sh", "-c", program};
  request.env = {"PATH=/usr/bin:/bin"};
  return os::spawn(request).child->pid;
}

bool is_excluded(const ProcessTable& table, int pid) {
  const std::vector<int> others = table.not_the_childs();
  return std::ranges::find(others, pid) != others.end();
}

}  // namespace

TEST_CASE("each watcher hears of its own process's end, once") {
  test::Supervised supervised;
  std::vector<int> codes;
  std::vector<ProcessTable::Watch> watches;
  for (const int code : {3, 4, 5})
    watches.push_back(supervised.processes.watch(spawn("exit " + std::to_string(code)), ProcessTable::Side::child,
                                                 [&](const os::ExitStatus& status) { codes.push_back(status.value); }));
  REQUIRE(supervised.run_until([&] { return codes.size() == 3; }));
  std::ranges::sort(codes);
  CHECK(codes == std::vector<int>{3, 4, 5});
}

TEST_CASE("what we started for ourselves is never taken for the child's, until it was collected; a copy of the child always is") {
  test::Supervised supervised;
  bool ended = false;
  const int own = spawn("exec sleep 1000"), child = spawn("exit 0");
  const auto watch_own = supervised.processes.watch(own, ProcessTable::Side::own, [&](const os::ExitStatus&) { ended = true; });
  const auto watch_child = supervised.processes.watch(child, ProcessTable::Side::child, [](const os::ExitStatus&) {});
  CHECK(is_excluded(supervised.processes, own));
  CHECK_FALSE(is_excluded(supervised.processes, child));
  ::kill(own, SIGKILL);
  REQUIRE(supervised.run_until([&] { return ended; }));
  CHECK_FALSE(is_excluded(supervised.processes, own));
}

TEST_CASE("who lets go of its watch hears nothing, and its process is collected and kept apart all the same") {
  test::Supervised supervised;
  int told = 0;
  const int pid = spawn("exit 0");
  { const auto watch = supervised.processes.watch(pid, ProcessTable::Side::own, [&](const os::ExitStatus&) { ++told; }); }
  CHECK(is_excluded(supervised.processes, pid));
  REQUIRE(supervised.run_until([&] { return !is_excluded(supervised.processes, pid); }));
  CHECK(told == 0);
  CHECK_FALSE(os::read_process(pid).has_value());
}

TEST_CASE("a watcher may let go of another one in its answer, also of one that ended in the same pass, which then hears nothing") {
  test::Supervised supervised;
  int told = 0;
  std::optional<ProcessTable::Watch> first, second;
  const auto answer = [&](const os::ExitStatus&) {
    ++told;
    first.reset();
    second.reset();
  };
  const int one = spawn("exit 0"), two = spawn("exit 0");
  first = supervised.processes.watch(one, ProcessTable::Side::own, answer);
  second = supervised.processes.watch(two, ProcessTable::Side::own, answer);
  for (const int pid : {one, two}) {
    siginfo_t info;
    REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);  // both have ended; neither was collected
  }
  REQUIRE(supervised.run_until([&] { return !is_excluded(supervised.processes, one) && !is_excluded(supervised.processes, two); }));
  CHECK(told == 1);
}

TEST_CASE("what lived below us before anything was started stays a stranger; what comes later is the child's") {
  test::Supervised supervised;
  const int before = spawn("exec sleep 1000");
  supervised.processes.note_strangers();
  const int after = spawn("exec sleep 1000");
  supervised.processes.note_strangers();
  CHECK(is_excluded(supervised.processes, before));
  CHECK_FALSE(is_excluded(supervised.processes, after));
  ::kill(before, SIGKILL);
  ::kill(after, SIGKILL);
  CHECK(supervised.run_until([&] { return !os::read_process(before) && !os::read_process(after); }));
  CHECK_FALSE(is_excluded(supervised.processes, before));
}
