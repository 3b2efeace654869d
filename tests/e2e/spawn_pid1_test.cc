// As PID 1 of a namespace (P17, P27, P50, P89, P96, P97): the duties that nobody else there has.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "spawn_init.h"

using namespace lastcall::test;

namespace {

bool blocks(int pid, int number) {
  const std::string mask = process_status(pid, "SigBlk");
  return !mask.empty() && (std::stoull(mask, nullptr, 16) >> (number - 1) & 1) != 0;
}

// PID 1 of the namespace as seen from here, once it is lastcall and no longer unshare.
int wait_for_lastcall(const Process& process) {
  int found = 0;
  const std::string binary = std::filesystem::canonical(lastcall_binary());
  comes_true([&] {
    for (const ProcessInfo& info : descendants(process.pid())) {
      std::error_code gone;
      if (info.parent == process.pid() && std::filesystem::read_symlink("/proc/" + std::to_string(info.pid) + "/exe", gone) == binary)
        found = info.pid;
    }
    return found != 0;
  });
  return found;
}

}  // namespace

TEST_CASE("as PID 1, a TERM from the moment on when the mask is set is never lost, whatever lastcall does then (P27, G39)") {
  if (not_root()) return;
  for (int i = 0; i < 15; ++i) {
    LastcallRun run(as_pid1(init(tiny({"wait"}))));
    const int pid = wait_for_lastcall(run.process());
    REQUIRE(pid != 0);
    while (!blocks(pid, SIGTERM)) {  // no pause: the first millisecond is what counts
    }
    ::kill(pid, SIGTERM);
    const auto status = run.wait_exit(5s);
    CHECK_MESSAGE((status == ExitStatus{false, 0}), run.log());
  }
  CHECK(leftovers().empty());
}

TEST_CASE("as PID 1, signals that its own container sends in the first moments reach it: the shell starts, and HUPs at once (P27, P35)") {
  if (not_root()) return;
  LastcallRun run(as_pid1(init(shell("trap 'echo hup' HUP; kill -HUP 1; kill -TERM 1; while :; do sleep 0.02; done"))));
  SHOW_LOG(run);
  CHECK_EXIT(run, 0);
  CHECK(run.wait_event("stop_requested")->number("sender_pid") == 2);
}

TEST_CASE("as PID 1 with 0, 1 and 2 closed it starts, runs its child and gives its code (P50, G34)") {
  if (not_root()) return;
  for (const std::vector<int>& closed : {std::vector<int>{0, 1, 2}, {0}, {1, 2}, {0, 2}}) {
    RunOptions options = as_pid1(init(shell("exit 5")));
    options.spawn.closed = closed;
    CHECK(exit_code_of(options) == 5);
  }
}

TEST_CASE("as PID 1 nothing is left when it leaves, also what had gone to sessions of its own (P17, P70)") {
  if (not_root()) return;
  LastcallRun run(as_pid1(init(tiny({"leave", "polite", "6"}))));
  SHOW_LOG(run);
  CHECK_EXIT(run, 6);
  CHECK(run.log().find("signal 15") != std::string::npos);  // told before the kernel would have killed it (P71)
}

TEST_CASE("as PID 1 an idle lastcall sleeps: not one wake-up in two seconds, with a proxy a few (P89)") {
  if (not_root()) return;
  LastcallRun run(as_pid1(init(tiny({"wait"}))));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  REQUIRE(run.wait_event("ready"));
  const int pid = run.supervisor_pid();
  const auto switches = [pid] { return process_status(pid, "voluntary_ctxt_switches"); };
  std::string before;
  REQUIRE(comes_true([&] { return std::exchange(before, switches()) == switches(); }));
  run.wait_event("never", 300ms);
  before = switches();
  run.wait_event("never", 2s);
  CHECK(switches() == before);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("--version and --help work as PID 1 (P96)") {
  if (not_root()) return;
  for (const char* flag : {"--version", "--help", "--help-signals"}) {
    Process process({.argv = {lastcall_binary(), flag}, .pid_namespace = true});
    CHECK((process.wait_exit() == ExitStatus{false, 0}));
    CHECK(process.out().text().size() > 10);
  }
}

TEST_CASE("without /proc, or with one that hides, an init and a proxy work, and a stop ends both (P96, P97)") {
  if (not_root()) return;
  FreePort port;
  const std::string binary = lastcall_binary();
  for (const std::string& cover : {std::string("mount -t tmpfs -o ro none /proc"), std::string("mount -o remount,hidepid=2 /proc")}) {
    CAPTURE(cover);
    if (kSanitized && cover.find("tmpfs") != cover.npos) {
      MESSAGE("skipped: the sanitizers need /proc");
      continue;
    }
    const auto covered = [&](const Words& command) {
      Words words = shell(cover + " && exec \"$@\"");
      words.emplace_back("sh");
      words.insert(words.end(), command.begin(), command.end());
      return words;
    };
    Process version({.argv = covered({binary, "--version"}), .pid_namespace = true});
    CHECK((version.wait_exit() == ExitStatus{false, 0}));
    Process code({.argv = covered({binary, "--no-proxy", "--", "sh", "-c", "exit 9"}), .pid_namespace = true});
    CHECK_MESSAGE((code.wait_exit() == ExitStatus{false, 9}), code.output());

    Words words{binary, "--log-format", "json", "--listen", port.address(), "--grace", "4s", "--"};
    for (const std::string& word : tiny_server()) words.push_back(word);
    Process proxied({.argv = covered(words), .pid_namespace = true});
    REQUIRE_MESSAGE(proxied.wait_line("\"ready\""), proxied.output());
    CHECK(fetch(port.number(), "/").response.status == 200);
    proxied.signal(SIGTERM);
    CHECK_MESSAGE((proxied.wait_exit() == ExitStatus{false, 0}), proxied.output());
  }
  CHECK(leftovers().empty());
}
