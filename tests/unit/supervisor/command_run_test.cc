#include "supervisor/command_run.h"

#include <algorithm>
#include <string_view>

#include "captured_log.h"
#include "fixture.h"
#include "os/process_tree.h"

using namespace lastcall;
using namespace lastcall::supervisor;
using End = CommandResult::End;

namespace {

// Runs shell programs, one or several beside each other, under the one reaper.
class Shell {
 public:
  Shell() { (void)os::become_subreaper(); }
  ~Shell() { run.reset(); }
  void start(const std::string& program, Duration timeout = seconds(5), std::size_t keep = 0) {
    start_request({"/bin/sh", "-c", program}, timeout, keep);
  }
  void start_request(std::vector<std::string> argv, Duration timeout = seconds(5), std::size_t keep = 0) {
    CommandRequest request{.name = "hook test", .spawn = {}, .timeout = timeout, .keep_output = keep};
    request.spawn.argv = std::move(argv);
    request.spawn.env = {"PATH=/usr/bin:/bin"};
    request.spawn.restore = &test::inherited();
    run.emplace(supervised.loop, supervised.processes, std::move(request), [this](const CommandResult& told) {
      ++calls;
      result = told;
      run.reset();  // whoever asked may be done with it at once
    });
    CHECK(calls == 0);
  }
  CommandResult wait() {
    CHECK(supervised.run_until([this] { return calls > 0; }));
    return result;
  }
  bool nothing_left() {
    return supervised.run_until([] { return os::descendant_pids(0).empty() && !os::has_children(); });
  }

  const test::CapturedLog log;
  test::Supervised supervised;
  std::optional<CommandRun> run;
  CommandResult result;
  int calls = 0;
};

}  // namespace

TEST_CASE("a command's exit code comes back, and its lines go to the log under its name") {
  Shell shell;
  shell.start("echo flushed 3; printf 'no end' >&2; exit 7");
  const CommandResult result = shell.wait();
  CHECK(result.end == End::exited);
  CHECK(result.value == 7);
  CHECK_FALSE(result.ok());
  CHECK(describe(result) == "exit code 7");
  CHECK(shell.log.count("flushed 3") == 1);
  CHECK(shell.log.count("no end") == 1);
  CHECK(shell.log.count("hook test") == 2);
  CHECK(shell.supervised.processes.not_the_childs().empty());
}

TEST_CASE("the beginning of what it prints is kept for who asked, and no more than that") {
  Shell shell;
  shell.start("printf 0123456789; exit 0", seconds(5), 4);
  const CommandResult result = shell.wait();
  CHECK(result.ok());
  CHECK(result.output == "0123");
  CHECK(result.output_cut);
}

TEST_CASE("a command that does not exist is told with the shell's code, and not before the constructor has returned") {
  Shell shell;
  shell.start_request({"/no/such/hook"});
  const CommandResult result = shell.wait();
  CHECK(result.end == End::not_started);
  CHECK(result.value == 127);
  CHECK(describe(result).find("/no/such/hook") != std::string::npos);
}

TEST_CASE("one that hangs is killed at its timeout with all that it started, also what left its group (P79)") {
  Shell shell;
  const TimePoint begin = (shell.supervised.loop.refresh(), shell.supervised.loop.now());
  shell.start("trap '' TERM; sleep 100 & setsid sleep 100 & sleep 100", milliseconds(300));
  const CommandResult result = shell.wait();
  CHECK(result.end == End::timed_out);
  CHECK(shell.supervised.loop.now() - begin >= milliseconds(300));
  CHECK(shell.supervised.loop.now() - begin < seconds(3));
  CHECK(shell.nothing_left());
  CHECK(shell.calls == 1);
}

TEST_CASE("a flood is thrown away: neither the log nor the command is blocked, and the beginning is there") {
  Shell shell;
  shell.start("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo done >&2");
  CHECK(shell.wait().ok());  // it came to its end, so nobody blocked it
  CHECK(shell.log.count("first") == 1);
  CHECK(shell.log.count("done") == 1);
  CHECK(shell.log.count("command_output_cut") == 1);
  CHECK(shell.log.lines().size() < 30);
}

TEST_CASE("an endless flood is cut at the timeout like any other") {
  Shell shell;
  shell.start("yes", milliseconds(200));
  CHECK(shell.wait().end == End::timed_out);
  CHECK(shell.nothing_left());
}

TEST_CASE("one that leaves a process behind is over when its main process is, and what it left in its group is killed") {
  Shell shell;
  shell.start("sleep 100 & echo started");
  CHECK(shell.wait().ok());
  CHECK(shell.log.count("started") == 1);
  CHECK(shell.nothing_left());
}

TEST_CASE("who loses interest kills it and is never called") {
  Shell shell;
  shell.start("sleep 100");
  CHECK(shell.supervised.processes.not_the_childs().size() == 1);
  shell.run.reset();
  CHECK(shell.nothing_left());
  CHECK(shell.calls == 0);
  CHECK(shell.supervised.processes.not_the_childs().empty());
}

TEST_CASE("it reads nothing: standard input has ended") {
  Shell shell;
  shell.start("read line && exit 1; exit 0");
  CHECK(shell.wait().ok());
}
