// The control of tests/sanitizers/run: a process of lastcall's that crashes or leaks leaves a report where that looks for one, also a worker,
// which has no environment and another user, and also PID 1; and so does undefined behaviour. Takes its own reports away. Only in a build with the sanitizers.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "e2e/controlled.h"
#include "e2e/spawn_init.h"

using namespace lastcall::test;

namespace {

// Of the process of that number; taken away.
std::string report_of(int pid, const std::string& program = "lastcall") {
  const std::string file = std::string(LASTCALL_SANITIZER_REPORTS "/report.") + program + "." + std::to_string(pid);
  std::ifstream stream(file);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  ::unlink(file.c_str());
  return text;
}

void prepare_directory() {
  ::mkdir(LASTCALL_SANITIZER_REPORTS, 0777);
  ::chmod(LASTCALL_SANITIZER_REPORTS, 01777);
}

}  // namespace

TEST_CASE("a worker that crashes leaves a report") {
  prepare_directory();
  LastcallRun run({.child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  REQUIRE(fetch(run.port(), "/").response.status == 200);  // it is lastcall by now, and no longer its fork
  const int worker = run.worker_pid();
  ::kill(worker, SIGSEGV);
  REQUIRE(run.wait_event("worker_died"));
  const std::string report = report_of(worker);
  CHECK_MESSAGE(has(report, "AddressSanitizer: SEGV"), report);
  CHECK(has(report, "run_worker"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a supervisor that leaks leaves a report and ends with 99, as PID 1 too") {
  prepare_directory();
  for (const bool first : {false, true}) {
    if (first && not_root()) return;
    CAPTURE(first);
    RunOptions options = init(tiny({"exit", "0"}));
    options.spawn.environment = {{"LD_PRELOAD", LASTCALL_LEAK}, {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
    LastcallRun run(first ? as_pid1(options) : options);
    SHOW_LOG(run);
    CHECK_EXIT(run, 99);
    const auto started = run.wait_event("starting");
    REQUIRE(started);
    const std::string report = report_of(first ? 1 : run.process().pid());
    CHECK_MESSAGE(has(report, "LeakSanitizer: detected memory leaks"), report);
  }
}

TEST_CASE("undefined behaviour leaves a report, by the options that lastcall has") {
  prepare_directory();
  Process process({.argv = {LASTCALL_UNDEFINED}});
  CHECK((process.wait_exit() == ExitStatus{false, 99}));
  const std::string report = report_of(process.pid(), "undefined");
  CHECK_MESSAGE(has(report, "signed integer overflow"), report);
}
