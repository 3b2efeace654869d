// Jobs from a shell: the stop of a command without a port waits for them, as a queue consumer wants it.
#include <csignal>

#include "e2e.h"

using namespace lastcall::test;

namespace {

// A consumer without a port: says when it has its stop signal. Its jobs run beside it.
LastcallRun consumer(const std::string& jobs, const Words& flags = {}) {
  RunOptions options{.flags = {"--no-proxy"}, .grace = "6s", .listen = false};
  options.flags.insert(options.flags.end(), flags.begin(), flags.end());
  options.child = {"/bin/sh", "-c", "trap 'echo told; exit 0' TERM; " + jobs + " while :; do sleep 0.05; done"};
  static const TempDir place;
  options.spawn.environment = {{"LC", lastcall_binary()}, {"HERE", place.path("here")}};
  return LastcallRun(options);
}

}  // namespace

TEST_CASE("a consumer finishes its message and leaves: the stop signal comes after the last job has ended") {
  // It waits for those beside it before it leaves: what runs on after it is told to end.
  auto run = consumer("trap 'echo told; wait; exit 0' TERM; (\"$LC\" job --id message-7 -- /bin/sh -c 'echo begun; sleep 0.7; echo finished'; echo code $?) &");
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^begun$"));
  run.stop();
  CHECK_EXIT(run, 0);
  const std::string log = run.log();
  CHECK(log.find("finished") < log.find("told"));
  CHECK(log.find("code 0") != std::string::npos);
  CHECK(run.wait_event("report")->number("jobs_finished") == 1);
}

TEST_CASE("once the shutdown began a job is refused with 75, and its command is not run") {
  auto run = consumer("(\"$LC\" job -- /bin/sh -c 'echo begun; sleep 0.5'; \"$LC\" job -- /bin/echo second; echo code $?) &");
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^begun$"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.log().find("\nsecond") == std::string::npos);
}

TEST_CASE("a job that takes longer than its timeout is stuck: told by name, and waited for no longer; the exit code says so") {
  auto run = consumer("(\"$LC\" job --id slow --timeout 600ms -- /bin/sh -c 'echo begun; sleep 100') &");
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^begun$"));
  run.stop();
  CHECK_EXIT(run, 1);
  REQUIRE(run.wait_event("job_stuck"));
  CHECK(run.wait_event("job_stuck")->text("id") == "slow");
  CHECK(run.since_stop() < 5s);
}

TEST_CASE("heartbeats keep a job alive beyond its timeout") {
  auto run = consumer("(\"$LC\" job --id long --timeout 300ms --heartbeat -- /bin/sh -c 'echo begun; sleep 1; echo finished') &");
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^begun$"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.events("job_stuck").empty());
  CHECK(run.log().find("finished") < run.log().find("told"));
}

TEST_CASE("a job leaves with its command's code, passes signals on, and says what is wrong with its words") {
  auto run = consumer("\"$LC\" job -- /bin/sh -c 'exit 9'; echo code $?; \"$LC\" job --timeout x -- true; echo usage $?; "
                      "\"$LC\" job -- /no/such; echo missing $?; "
                      "\"$LC\" job -- /bin/sh -c 'trap \"exit 5\" USR1; : >\"$HERE\"; while :; do sleep 0.02; done' & "
                      "until [ -e \"$HERE\" ]; do sleep 0.02; done; kill -USR1 $!; wait $!; echo signalled $?;");
  SHOW_LOG(run);
  CHECK(run.process().wait_line("^code 9$"));
  CHECK(run.process().wait_line("^usage 64$"));
  CHECK(run.process().wait_line("^missing 127$"));
  CHECK(run.process().wait_line("^signalled 5$"));
  run.stop();
  CHECK_EXIT(run, 0);
}
