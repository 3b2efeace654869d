// What the child is born with (P45 to P60): as inherited by lastcall, nothing of lastcall's own. With and without the proxy the same.
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "e2e.h"

using namespace lastcall::test;

namespace {

RunOptions state(const Words& arguments = {}) {
  Words child = tiny({"state"});
  child.insert(child.end(), arguments.begin(), arguments.end());
  return {.flags = {"--no-proxy"}, .child = child, .listen = false};
}

std::vector<std::string> state_lines(const RunOptions& options) {
  LastcallRun run(options);
  const auto status = run.wait_exit();
  CHECK_MESSAGE((status == ExitStatus{false, 0}), run.log());
  return run.process().out().all();
}

bool has(const std::vector<std::string>& lines, const std::string& line) { return std::ranges::find(lines, line) != lines.end(); }

std::vector<std::string> starting(const std::vector<std::string>& lines, const std::string& start) {
  std::vector<std::string> found;
  std::ranges::copy_if(lines, std::back_inserter(found), [&](const std::string& line) { return line.starts_with(start); });
  return found;
}

std::uint64_t mask(const std::vector<std::string>& lines, const std::string& name) {
  const auto found = starting(lines, name + ":");
  return found.empty() ? ~0ULL : std::stoull(found.front().substr(name.size() + 1), nullptr, 16);
}

constexpr std::uint64_t bit(int signal) { return 1ULL << (signal - 1); }

}  // namespace

TEST_CASE("the child's mask is the inherited one: nothing blocked stays nothing blocked (P45, P47)") {
  const auto lines = state_lines(state());
  CHECK(mask(lines, "SigBlk") == 0);
  CHECK(mask(lines, "SigCgt") == 0);
}

TEST_CASE("an inherited blocked signal stays blocked in the child, and no other is (P45)") {
  RunOptions options = state();
  options.spawn.before_exec = [] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTTOU);
    ::sigprocmask(SIG_SETMASK, &set, nullptr);
  };
  CHECK(mask(state_lines(options), "SigBlk") == (bit(SIGUSR1) | bit(SIGTTOU)));
}

TEST_CASE("ignored by inheritance stays ignored in the child: nohup's HUP, PIPE, TTOU (P46, P38)") {
  RunOptions options = state();
  options.spawn.before_exec = [] {
    for (const int number : {SIGHUP, SIGPIPE, SIGTTOU}) ::signal(number, SIG_IGN);
  };
  CHECK((mask(state_lines(options), "SigIgn") & 0x7fffffff) == (bit(SIGHUP) | bit(SIGPIPE) | bit(SIGTTOU)));
  CHECK((mask(state_lines(state()), "SigIgn") & 0x7fffffff) == 0);
}

TEST_CASE("the child has 0, 1, 2 and no descriptor of lastcall's (P48)") {
  CHECK(starting(state_lines(state()), "fd ").size() == 3);
  RunOptions proxied = state();
  proxied.flags.clear();
  proxied.listen = true;
  LastcallRun run(proxied);
  REQUIRE(run.process().wait_line("^end$"));
  CHECK(starting(run.process().out().all(), "fd ").size() == 3);
}

TEST_CASE("descriptor 7, open in our parent, is the child's and no worker's (P49, decision 13)") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  RunOptions options{.child = tiny_server()};
  options.spawn.descriptors = {{write_end.get(), 7}};
  {
    LastcallRun run(options);
    SHOW_LOG(run);
    write_end.reset();
    REQUIRE(run.wait_ready());
    const auto children = run.child_pids();
    REQUIRE(children.size() == 1);
    CHECK(std::filesystem::exists("/proc/" + std::to_string(children.front()) + "/fd/7"));
    struct stat pipe {};
    REQUIRE(::fstat(read_end.get(), &pipe) == 0);
    const std::string name = "pipe:[" + std::to_string(pipe.st_ino) + "]";
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(run.worker_pid()) + "/fd")) {
      std::error_code gone;
      CHECK(std::filesystem::read_symlink(entry, gone).string() != name);
    }
    run.stop();
    CHECK_EXIT(run, 0);
  }
  char byte;
  CHECK(::read(read_end.get(), &byte, 1) == 0);  // nobody holds the other end any more
}

TEST_CASE("started with 0, 1 and 2 closed, lastcall runs, and nothing of its own gets their numbers (P50, G34)") {
  RunOptions options{.child = tiny_server()};
  options.spawn.closed = {0, 1, 2};
  LastcallRun run(options);
  Exchange answer;
  for (const Deadline deadline = Deadline::in(kPatience); answer.response.status != 200 && !deadline.passed();) {
    answer = fetch(run.port(), "/");  // there is no line to wait for: its standard error is closed
    if (answer.response.status != 200) run.process().wait_exit(20ms);
  }
  CHECK(answer.response.status == 200);
  for (const char* number : {"0", "1", "2"}) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink("/proc/" + std::to_string(run.supervisor_pid()) + "/fd/" + number, error);
    CHECK(target == "/dev/null");
  }
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("standard input is the child's, to its end (P51)") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  RunOptions options{.flags = {"--no-proxy"}, .child = {"cat"}, .listen = false};
  options.spawn.input = read_end.get();
  LastcallRun run(options);
  REQUIRE(::write(write_end.get(), "a line\n", 7) == 7);
  CHECK(run.process().wait_line("^a line$").has_value());
  write_end.reset();
  CHECK_EXIT(run, 0);
}

TEST_CASE("lastcall leaves the blocking mode of a shared standard error alone (P52)") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  RunOptions options{.child = tiny_server()};
  options.spawn.descriptors = {{write_end.get(), 2}};
  LastcallRun run(options);
  Lines errors(std::move(read_end));
  while (errors.text().find("\"ready\"") == std::string::npos) {
    REQUIRE(wait_for(errors.fd(), POLLIN, Deadline::in(kPatience)) != 0);
    errors.pump();
  }
  CHECK((::fcntl(write_end.get(), F_GETFL) & O_NONBLOCK) == 0);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("limits, umask and directory are passed on unchanged, even where lastcall raises its own (P53, P54, P55, G15)") {
  TempDir directory;
  RunOptions options = state();
  options.spawn.directory = directory.path();
  options.spawn.before_exec = [] {
    ::umask(037);
    const rlimit files{256, 4096};
    ::setrlimit(RLIMIT_NOFILE, &files);
  };
  const auto lines = state_lines(options);
  CHECK(has(lines, "nofile 256 4096"));
  CHECK(has(lines, "umask 037"));
  CHECK(has(lines, "directory " + directory.path()));
}

TEST_CASE("the environment is passed on byte for byte, without what was said to lastcall (P56, decision 19)") {
  RunOptions options = state();
  options.spawn.whole_environment = {"PATH=/usr/bin:/bin", "EMPTY=", "PERCENT=100%s %n", "LASTCALL_GRACE=3s", "TWICE=1", "TWICE=2", "DASH-ED=x"};
  options.grace = "";
  const auto variables = starting(state_lines(options), "variable ");
  CHECK(has(variables, "variable [PATH=/usr/bin:/bin]"));
  CHECK(has(variables, "variable [EMPTY=]"));
  CHECK(has(variables, "variable [PERCENT=100%s %n]"));
  CHECK(has(variables, "variable [TWICE=1]"));
  CHECK(has(variables, "variable [TWICE=2]"));
  CHECK(has(variables, "variable [DASH-ED=x]"));
  CHECK(starting(variables, "variable [LASTCALL_GRACE").empty());
}

TEST_CASE("everything after -- is the child's, dashes, empty words and braces too (P59, decision 12)") {
  const auto lines = state_lines(state({"--grace", "", "-x", "{port}", "--", "two words"}));
  CHECK(starting(lines, "argument ") == Words{"argument [--grace]", "argument []", "argument [-x]", "argument [{port}]", "argument [--]",
                                              "argument [two words]"});
}

TEST_CASE("with a proxy the child has a group of its own, and dies with lastcall (G45, P41, decision 15)") {
  RunOptions options = state();
  options.flags.clear();
  options.listen = true;
  LastcallRun run(options);
  REQUIRE(run.process().wait_line("^end$"));
  const auto lines = run.process().out().all();
  CHECK(has(lines, "death signal 9"));
  const auto ids = starting(lines, "pid ");
  REQUIRE(ids.size() == 1);
  std::istringstream text(ids.front());
  std::string word;
  int pid = 0, parent = 0, group = 0;
  text >> word >> pid >> word >> parent >> word >> group;
  CHECK(group == pid);
  CHECK(parent == run.process().pid());
}
