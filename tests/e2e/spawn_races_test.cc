// Races around fork, exec and reaping, made certain: strace(1) holds a process in the very system call where others lose a signal.
#include <csignal>

#include <fstream>

#include "spawn_init.h"
#include "support/process_tree.h"

using namespace lastcall::test;

namespace {

// lastcall under strace, which says nothing itself and passes on the exit code.
Words traced(const Words& strace, const Words& child) {
  Words words{"strace", "-f", "-qq"};
  words.insert(words.end(), strace.begin(), strace.end());
  words.insert(words.end(), {lastcall_binary(), "--no-proxy", "--log-format", "json", "--grace", "3s", "--"});
  words.insert(words.end(), child.begin(), child.end());
  return words;
}

// Those of lastcall's own program below strace: the supervisor, and its fork as long as it has not executed anything.
std::vector<int> lastcalls(const Process& strace) {
  std::vector<int> pids;
  const std::string binary = std::filesystem::canonical(lastcall_binary());
  for (const ProcessInfo& info : descendants(strace.pid())) {
    std::error_code gone;
    if (std::filesystem::read_symlink("/proc/" + std::to_string(info.pid) + "/exe", gone) == binary) pids.push_back(info.pid);
  }
  std::ranges::sort(pids);
  return pids;
}

}  // namespace

TEST_CASE("a TERM between fork and setpgid, and one between setpgid and exec, reaches the child: no stop is lost (P28)") {
  for (const char* call : {"setpgid", "execve"}) {
    CAPTURE(call);
    // Long enough for the fork to be found, on a machine that has other things to do as well. The execve by which strace starts lastcall is
    // none of those that it holds.
    Process strace({.argv = traced({"-o", "/dev/null", "-e", "inject=" + std::string(call) + ":delay_enter=1000000"}, tiny({"wait"})),
                    .environment = kNoLeakCheck});
    REQUIRE(comes_true([&] { return lastcalls(strace).size() == 2; }));
    const int lastcall = lastcalls(strace).front();
    ::kill(lastcall, SIGTERM);
    const auto status = strace.wait_exit(10s);
    CHECK_MESSAGE((status == ExitStatus{false, 0}), to_string(status), "\n", strace.output());
    CHECK(strace.output().find("\"event\":\"stop_requested\"") != std::string::npos);
    CHECK(leftovers().empty());
  }
}

TEST_CASE("once the main process is reaped no signal goes to its number, while what it left behind is told and killed (P25)") {
  const TempDir directory;
  const std::string file = directory.path("trace");
  Process strace({.argv = traced({"-o", file, "-e", "trace=kill,tgkill,pidfd_open,pidfd_send_signal,waitid"}, tiny({"leave", "stubborn", "3"})),
                  .environment = kNoLeakCheck});
  const auto status = strace.wait_exit(10s);
  CHECK_MESSAGE((status == ExitStatus{false, 3}), to_string(status), "\n", strace.output());
  std::string main_pid;
  for (const std::string& line : strace.err().all())
    if (const auto event = parse_event(line); event && event->name == "child_started") main_pid = event->text("child_pid");
  REQUIRE_FALSE(main_pid.empty());

  bool reaped = false;
  int kills = 0;
  std::string line, pidfd;
  std::ifstream trace(file);
  while (std::getline(trace, line)) {
    const auto has = [&](const std::string& text) { return line.find(text) != line.npos; };
    if (has("pidfd_open(" + main_pid + ",") && !reaped) pidfd = line.substr(line.rfind(' ') + 1);
    if (has("pidfd_open(") && reaped && line.ends_with("= " + pidfd)) pidfd = "somebody else's now";
    if (has("waitid(") && has("si_pid=" + main_pid + ",") && has("= 0") && !has("WNOWAIT")) reaped = true;
    if (!reaped) continue;
    CAPTURE(line);
    CHECK_FALSE(has("kill(" + main_pid + ","));
    CHECK_FALSE(has("kill(-" + main_pid + ","));
    CHECK_FALSE(has("pidfd_send_signal(" + pidfd + ","));
    kills += has("SIGKILL") && (has(" kill(") || has("pidfd_send_signal("));
  }
  CHECK(reaped);
  CHECK(kills > 0);  // the stray's: the trace shows what it is to show
}

TEST_CASE("a worker's end, the child's and those of 300 orphans at one moment: none is taken for another, none is lost (P24)") {
  LastcallRun run({.child = shell("exec " + tiny({"serve"})[0] + " serve"), .grace = "5s"});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/").response.status == 200);
  const int worker = run.worker_pid(), child = run.child_pids().front();
  // Everything at once for a supervisor that stands still meanwhile.
  run.process().signal(SIGSTOP);
  ::kill(worker, SIGKILL);
  run.process().signal(SIGCONT);
  REQUIRE(run.wait_event("worker_died"));
  REQUIRE(comes_true([&] { return fetch(run.port(), "/").response.status == 200; }));
  CHECK(run.events("child_exited").empty());

  run.process().signal(SIGSTOP);
  ::kill(run.worker_pid(), SIGKILL);
  ::kill(child, SIGSEGV);
  run.process().signal(SIGCONT);
  CHECK_EXIT(run, 128 + SIGSEGV);

  LastcallRun orphans(init(shell("i=0; while [ $i -lt 300 ]; do (tail -f /dev/null & echo $!) ; i=$((i+1)); done >pids; echo born; "
                                 "kill -9 $(cat pids); rm pids; exit 42")));
  CHECK_EXIT(orphans, 42);
}
