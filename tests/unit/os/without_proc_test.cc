#include <doctest/doctest.h>

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <algorithm>

#include "fixture.h"
#include "os/log_writer.h"
#include "os/port_assignment.h"
#include "os/port_owner.h"
#include "os/process_tree.h"

namespace lastcall::os::test {
namespace {

constexpr int kSkipped = 77;

// Runs `body` in a mount namespace of its own whose /proc is empty.
template <class Body>
void without_proc(Body body) {
  const int code = in_fork([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", "/proc", "tmpfs", 0, nullptr) != 0)
      return kSkipped;
    return body();
  });
  if (code == kSkipped)
    MESSAGE("skipped: mount namespaces are not permitted here");
  else
    CHECK(code == 0);
}

TEST_CASE("without /proc open descriptors are found all the same (P97)") {
  without_proc([] {
    const int low = ::fcntl(0, F_DUPFD, 50), high = ::fcntl(0, F_DUPFD, 1500);
    const auto found = take_over_process().open_descriptors;
    return std::ranges::count(found, low) == 1 && std::ranges::count(found, high) == 1 && std::ranges::count(found, high + 1) == 0 &&
                   std::ranges::is_sorted(found) ? 0 : 1;
  });
}

TEST_CASE("without /proc a child is started, and its process group is what is left to kill (P97)") {
  without_proc([] {
    const SpawnResult result = spawn(shell("exec sleep 1000"));
    if (!result) return 1;
    if (proc_is_readable() || !descendant_pids(0).empty()) return 2;
    if (signal_all({.group = result.child->pid}, SIGKILL) != 1) return 3;
    return wait_for(result.child->pid) == 137 && signal_all({}, SIGKILL) == 0 ? 0 : 4;
  });
}

TEST_CASE("without /proc ports are assigned and their owners unknown (P97)") {
  without_proc([] {
    const auto assigned = assign_port();
    if (!assigned.ok() || assigned.value().port >= 32768) return 1;
    return who_listens_on(assigned.value().port) ? 2 : 0;
  });
}

TEST_CASE("without /proc a full pipe still never blocks the log (P97, P91)") {
  without_proc([] {
    Pipe pipe;
    open_log_writer(pipe.writing.get());
    std::size_t lines = 0;
    for (; dropped_log_lines() == 0; ++lines) write_log("a line of the log\n");
    return lines > 100 && (::fcntl(pipe.writing.get(), F_GETFL) & O_NONBLOCK) == 0 ? 0 : 1;
  });
}

}  // namespace
}  // namespace lastcall::os::test
