// The access log of the real binary: one line for each request that was answered, also while the service ends; and where it can't write.
#include <algorithm>
#include <csignal>

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
