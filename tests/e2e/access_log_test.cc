// The access log of the real binary: one line for each request that was answered, also while the service ends; and where it can't write.
#include <algorithm>
#include <csignal>
#include <cstdio>

#include "e2e.h"
#include "support/load_loop.h"

using namespace lastcall::test;

namespace {

std::uint64_t lines_with(const std::string& text, std::initializer_list<std::string_view> parts) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    count += std::ranges::all_of(parts, [&](std::string_view part) { return line.find(part) != std::string_view::npos; });
    at = end + 1;
  }
  return count;
}

}  // namespace

TEST_CASE("every request that was answered is one line, through a stop under load") {
  TempDir directory;
  const std::string file = directory.path("access.log");
  LastcallRun run({.flags = {"--access-log", "json", "--access-log-file", file}, .child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  LoadLoop load({{.port = run.port(), .clients = 12, .think_max = 10ms}}, 5);
  load.run_until_answered(300);
  run.stop();
  load.set_stopping();
  CHECK(load.run_to_end(8s));
  CHECK(load.counts().spotless());
  CHECK_EXIT(run, 0);
  const std::string text = read_file(file);
  CHECK(text.ends_with("}\n"));
  CHECK(lines_with(text, {"\"status\":200,", "\"outcome\":\"ok\"}"}) == load.counts().answered);
  CHECK(lines_with(text, {"\"status\":503,", "\"outcome\":\"refused\"}"}) == load.counts().refused_503);
  CHECK(lines_with(text, {"\"phase\":\"serving\""}) > 0);
  CHECK(lines_with(text, {"\"phase\":\"draining\""}) + lines_with(text, {"\"phase\":\"ending_streams\""}) > 0);
}

TEST_CASE("the line of the last request is there when lastcall has ended, and a replaced worker goes on in the same file") {
  TempDir directory;
  const std::string file = directory.write("access.log", "what stood here\n");
  LastcallRun run({.flags = {"--access-log", "combined", "--access-log-file", file}, .child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/one").complete);
  const int worker = run.worker_pid();
  // What a killed worker had not written yet is lost with it, so wait for its line.
  for (const Deadline deadline = Deadline::in(kPatience); read_file(file).find("GET /one") == std::string::npos && !deadline.passed();)
    CHECK(fetch(run.port(), "/more").complete);
  ::kill(worker, SIGKILL);
  REQUIRE(run.wait_event("worker_started", kPatience, 1));
  CHECK(fetch(run.port(), "/last").complete);
  run.stop();
  CHECK_EXIT(run, 0);
  const std::string text = read_file(file);
  CHECK(text.starts_with("what stood here\n127.0.0.1 - - ["));
  CHECK(lines_with(text, {"\"GET /one HTTP/1.1\" 200 "}) == 1);
  CHECK(lines_with(text, {"\"GET /last HTTP/1.1\" 200 "}) == 1);
}

TEST_CASE("a file that can't be written ends the start with its name; standard output needs none") {
  LastcallRun wrong({.flags = {"--access-log", "json", "--access-log-file", "/no/such/directory/log"}, .child = tiny_server()});
  SHOW_LOG(wrong);
  CHECK_EXIT(wrong, 78);
  CHECK(wrong.log().find("/no/such/directory/log: No such file or directory") != std::string::npos);

  LastcallRun run({.flags = {"--access-log", "combined"}, .child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/to/standard/output").complete);
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.log().find("\"GET /to/standard/output HTTP/1.1\" 200 ") != std::string::npos);
}

namespace {

bool wait_file(LastcallRun& run, const std::string& path) {
  return run.process().wait_until([&] { return !read_file(path).empty(); });
}

Process ctl_reopen(const std::string& socket) {
  return Process({.argv = {lastcall_binary(), "ctl", "--socket", socket, "reopen"}});
}

}  // namespace

TEST_CASE("rotated under load by ctl, by a signal and by nothing but a rename, no line is lost or written twice") {
  TempDir directory;
  const std::string file = directory.path("access.log"), socket = directory.path("socket");
  LastcallRun run({.flags = {"--access-log", "json", "--access-log-file", file, "--control", socket, "--signals", "USR1=reopen"},
                   .child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  LoadLoop load({{.port = run.port(), .clients = 12, .think_max = 10ms}}, 5);
  load.run_until_answered(200);
  REQUIRE(std::rename(file.c_str(), (file + ".1").c_str()) == 0);
  load.run_until_answered(load.counts().answered + 100);  // they go on in the renamed one
  Process ctl = ctl_reopen(socket);
  CHECK(ctl.wait_exit() == (ExitStatus{false, 0}));
  const std::string first = read_file(file + ".1");
  load.run_until_answered(load.counts().answered + 300);
  CHECK(read_file(file + ".1") == first);  // whoever rotates may compress it now
  REQUIRE(wait_file(run, file));

  REQUIRE(std::rename(file.c_str(), (file + ".2").c_str()) == 0);
  ::kill(run.supervisor_pid(), SIGUSR1);
  REQUIRE(run.wait_event("log_reopened", kPatience, 1));
  load.run_until_answered(load.counts().answered + 300);
  REQUIRE(wait_file(run, file));

  REQUIRE(std::rename(file.c_str(), (file + ".3").c_str()) == 0);  // nobody says a word
  REQUIRE(run.wait_event("log_reopened", kPatience, 2));
  load.run_until_answered(load.counts().answered + 300);
  run.stop();
  load.set_stopping();
  CHECK(load.run_to_end(8s));
  CHECK(load.counts().spotless());
  CHECK_EXIT(run, 0);
  std::uint64_t answered = 0;
  for (const char* part : {"", ".1", ".2", ".3"}) {
    const std::string text = read_file(file + part);
    CHECK(text.ends_with("}\n"));
    answered += lines_with(text, {"\"status\":200,", "\"outcome\":\"ok\"}"});
  }
  CHECK(answered == load.counts().answered);
}

TEST_CASE("lastcall's own log is rotated as well, the proxy process's lines with it; without files reopen says so") {
  TempDir directory;
  const std::string log = directory.path("own.log"), socket = directory.path("socket");
  {
    LastcallRun run({.flags = {"--log-file", log, "--control", socket}, .child = tiny_server()});
    REQUIRE(run.process().wait_until([&] { return read_file(log).find("\"ready\"") != std::string::npos; }));
    REQUIRE(std::rename(log.c_str(), (log + ".1").c_str()) == 0);
    Process ctl = ctl_reopen(socket);
    CHECK(ctl.wait_exit() == (ExitStatus{false, 0}));
    run.stop();
    CHECK_EXIT(run, 0);
    CHECK(lines_with(read_file(log + ".1"), {"\"stop_requested\""}) == 0);
    CHECK(lines_with(read_file(log), {"\"event\":\"exit\""}) == 1);
    CHECK(read_file(log).starts_with("{"));
  }
  LastcallRun run({.flags = {"--control", socket}, .child = tiny_server()});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  Process ctl = ctl_reopen(socket);
  CHECK(ctl.wait_exit() == (ExitStatus{false, 1}));
  CHECK(ctl.output().find("neither log.file nor access_log_file names one") != std::string::npos);
  run.stop();
  CHECK_EXIT(run, 0);
}
