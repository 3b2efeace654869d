// What the child writes: untouched by default, or through lastcall line by line; to readers that are fast, slow, stuck or gone.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <csignal>

#include "spawn_init.h"
#include "support/pty.h"

using namespace lastcall::test;

namespace {

struct Pipe {
  Fd reading, writing;
  Pipe() {
    int ends[2];
    check(::pipe2(ends, O_CLOEXEC), "pipe2");
    reading = Fd(ends[0]);
    writing = Fd(ends[1]);
  }
};

// Standard output goes where the test says, and nobody reads there unless the test does.
RunOptions into(const Pipe& pipe, RunOptions options) {
  options.spawn.descriptors = {{pipe.writing.get(), 1}};
  return options;
}

std::string read_to_end(int fd) {
  std::string text;
  char buffer[65536];
  for (ssize_t size; (size = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

// By its writing end: pages that are not filled up may be all in use at half of the bytes.
bool is_full(const Pipe& pipe) { return wait_for(pipe.writing.get(), POLLOUT, Deadline::in(0ms)) == 0; }

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  for (std::size_t end; (end = text.find('\n', from)) != text.npos; from = end + 1) lines.push_back(text.substr(from, end - from));
  if (from < text.size()) lines.push_back(text.substr(from));
  return lines;
}

// What python3 makes of it: one line for each object, "stream instance partial message", and a complaint where it is none.
std::string as_python_reads(const std::string& lines) {
  const TempDir temp;
  const std::string file = temp.write("lines", lines);
  Process python({.argv = {"python3", "-c",
                           "import json, sys, datetime\n"
                           "for line in open(sys.argv[1], 'rb'):\n"
                           "  o = json.loads(line)\n"
                           "  t = datetime.datetime.strptime(o['time'], '%Y-%m-%dT%H:%M:%S.%f%z')\n"
                           "  assert abs((datetime.datetime.now(datetime.timezone.utc) - t).total_seconds()) < 60 and o['pid'] > 1\n"
                           "  print(o['stream'], o['instance'], o.get('partial', False), ascii(o['message']))\n",
                           file}});
  const auto status = python.wait_exit();
  CHECK_MESSAGE((status == ExitStatus{false, 0}), python.output());
  return python.out().text();
}

}  // namespace

TEST_CASE("by default the child has lastcall's own standard output and error: the very same files") {
  RunOptions options = init({"readlink", "/proc/self/fd/1", "/proc/self/fd/2"});
  const Pipe out, err;
  options.spawn.descriptors = {{out.writing.get(), 1}, {err.writing.get(), 2}};
  LastcallRun run(options);
  SHOW_LOG(run);
  CHECK_EXIT(run, 0);
  const auto name_of = [](const Pipe& pipe) {
    struct stat info{};
    ::fstat(pipe.reading.get(), &info);
    return "pipe:[" + std::to_string(info.st_ino) + "]\n";
  };
  char text[128]{};
  REQUIRE(::read(out.reading.get(), text, sizeof text - 1) > 0);
  CHECK(std::string(text) == name_of(out) + name_of(err));
}

TEST_CASE("50 MB as fast as they go, the last line without its newline: every byte arrives, in order, and the exit code") {
  constexpr int kLines = 900'000;
  Pipe pipe;
  LastcallRun run(into(pipe, init(spawn_child({"flood", std::to_string(kLines)}), {"--output", "prefix"})));
  SHOW_LOG(run);
  pipe.writing.reset();
  const std::string text = read_to_end(pipe.reading.get());
  CHECK_EXIT(run, 6);
  CHECK(text.size() > 50'000'000);
  constexpr std::string_view kPrefix = "[spawn_child.0] ";
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm";
  std::size_t at = 0, wrong = 0;
  for (int i = 0; i < kLines; ++i) {
    char number[16];
    std::snprintf(number, sizeof number, "%09d ", i);
    const std::string wanted = std::string(kPrefix) + number + std::string(kLetters.substr(0, static_cast<std::size_t>(i % 90))) + "\n";
    wrong += text.compare(at, wanted.size(), wanted) != 0;
    at += wanted.size();
  }
  CHECK(wrong == 0);
  CHECK(at == text.size());
}

TEST_CASE("JSON: stream, instance, time and message of every line, whatever its bytes; long ones in parts that make the line") {
  const Words child = shell(R"(printf 'h\303\251 "q" \\ \t|\001|\377\n'; printf 'trouble\r\n' >&2; head -c 40000 /dev/zero | tr '\0' x; echo; printf last)");
  LastcallRun run(init(child, {"--output", "json", "--log-level", "off"}));
  const auto status = run.wait_exit();
  CHECK_MESSAGE((status == ExitStatus{false, 0}), run.log());
  const std::string x(16384, 'x');
  CHECK(as_python_reads(run.process().out().text()) == "stdout 0 False 'h\\xe9 \"q\" \\\\ \\t|\\x01|\\ufffd'\n"
                                                       "stdout 0 True '" + x + "'\nstdout 0 True '" + x + "'\n"
                                                       "stdout 0 False '" + std::string(40000 - 2 * 16384, 'x') + "'\n"
                                                       "stdout 0 False 'last'\n");
  CHECK(as_python_reads(run.process().err().text()) == "stderr 0 False 'trouble\\r'\n");
}

TEST_CASE("lines of two streams, two processes and lastcall itself into one pipe never mix, also those longer than a pipe takes at once") {
  Pipe pipe;
  RunOptions options = init(spawn_child({"both", "400", "6000"}), {"--output", "prefix", "--log-level", "debug"});
  options.spawn.descriptors = {{pipe.writing.get(), 1}, {pipe.writing.get(), 2}};
  LastcallRun run(options);
  pipe.writing.reset();
  const std::vector<std::string> lines = split(read_to_end(pipe.reading.get()));
  CHECK_EXIT(run, 0);
  const std::string a = "[spawn_child.0] " + std::string(6000, 'a'), b = "[spawn_child.0] " + std::string(6000, 'b');
  CHECK(std::ranges::count(lines, a) == 400);
  CHECK(std::ranges::count(lines, b) == 400);
  for (const std::string& line : lines) {
    // lastcall's own lines are dropped where there is no room, and counted.
    const bool ours = parse_event(line) || (line.starts_with("lastcall: ") && line.ends_with("log lines dropped: nobody read them"));
    CHECK_MESSAGE((line == a || line == b || ours), line.substr(0, 200));
  }
}

TEST_CASE("lines of several instances never mix: each one's are whole and in order, and bear its number") {
  constexpr int kLines = 20'000;
  Pipe pipe;
  const std::string program = spawn_child({})[0] + " flood " + std::to_string(kLines) + "; echo; echo done; exec tail -f /dev/null";
  LastcallRun run(into(pipe, init(shell(program), {"--output", "prefix", "--instances", "2"})));
  SHOW_LOG(run);
  std::string text;
  char buffer[65536];
  while (text.find("[sh.0] done\n") == text.npos || text.find("[sh.1] done\n") == text.npos) {
    REQUIRE(wait_for(pipe.reading.get(), POLLIN, Deadline::in(kPatience)) != 0);
    text.append(buffer, static_cast<std::size_t>(::read(pipe.reading.get(), buffer, sizeof buffer)));
  }
  int next[2] = {0, 0};
  for (const std::string& line : split(text)) {
    REQUIRE(line.starts_with("[sh."));
    const auto instance = static_cast<std::size_t>(line[4] - '0');
    REQUIRE(instance < 2);
    if (line.ends_with("] done")) continue;
    char wanted[32];
    std::snprintf(wanted, sizeof wanted, "[sh.%zu] %09d ", instance, next[instance]);
    REQUIRE(line.starts_with(wanted));
    REQUIRE(line.size() == std::string(wanted).size() + static_cast<std::size_t>(next[instance]++ % 90));
  }
  CHECK(next[0] == kLines);
  CHECK(next[1] == kLines);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a reader who takes nothing holds up neither the signal, nor the child's death, nor the exit; what it lost is counted") {
  Pipe pipe;
  LastcallRun run(into(pipe, init(shell("yes & yes & wait"), {"--output", "json"})));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("ready"));
  REQUIRE(comes_true([&] { return is_full(pipe); }));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 4s);
  const auto dropped = run.wait_event("output_dropped");
  REQUIRE(dropped);
  CHECK(dropped->number("lines") > 0);
  CHECK(dropped->text("from") == "standard output");
}

TEST_CASE("a stuck reader does not hold up the drain: a request in flight ends in order") {
  Pipe pipe;
  Words child = tiny_server();
  std::string words;
  for (const std::string& word : child) words += " '" + word + "'";
  words += " >/dev/null";  // else it would wait for its place in the flood before it serves anybody
  LastcallRun run(into(pipe, {.flags = {"--output", "prefix"}, .child = shell("yes & yes >&2 & exec" + words), .grace = "6s"}));
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/slow?ms=700"));
  REQUIRE(comes_true([&] { return is_full(pipe); }));
  run.stop();
  CHECK(client.read_response().response.status == 200);
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 5s);
}

TEST_CASE("a child that ends by itself owes a slow reader its last lines: lastcall waits for them, within the grace") {
  Pipe pipe;
  LastcallRun run(into(pipe, init(spawn_child({"flood", "2500"}), {"--output", "prefix"})));
  SHOW_LOG(run);
  pipe.writing.reset();
  REQUIRE(run.wait_event("child_exited"));  // its 140 kB are in the pipe and with us
  const std::vector<std::string> lines = split(read_to_end(pipe.reading.get()));
  CHECK(lines.size() == 2500);
  CHECK(lines.back().starts_with("[spawn_child.0] 000002499 "));
  CHECK_EXIT(run, 6);
}

TEST_CASE("and who never reads them costs the grace, no more; a stop cuts even that short") {
  Pipe pipe;
  LastcallRun run(into(pipe, init(spawn_child({"flood", "2500"}), {"--output", "prefix"}, "30s")));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("child_exited"));
  run.stop();
  CHECK_EXIT(run, 6);
  CHECK(run.since_stop() < 3s);
  CHECK(run.events("output_dropped").size() == 1);
}

TEST_CASE("a reader who is gone is gone for the child too: it gets SIGPIPE, as it would without lastcall") {
  Pipe pipe;
  LastcallRun run(into(pipe, init({"yes"}, {"--output", "prefix"})));
  SHOW_LOG(run);
  pipe.writing.reset();
  char some[16];
  REQUIRE(::read(pipe.reading.get(), some, sizeof some) > 0);
  pipe.reading.reset();
  CHECK_EXIT(run, 141);
  CHECK(run.events("output_reader_gone").size() == 1);
}

TEST_CASE("who holds the child's output open keeps nobody: a grandchild is killed at the grace, a stranger is not waited for (P72)") {
  {
    LastcallRun run(init(spawn_child({"hold-output"}), {"--output", "prefix"}, "2s"));
    SHOW_LOG(run);
    CHECK_EXIT(run, 4);
    CHECK(run.process().out().text() == "[spawn_child.0] holding\n");
  }
  LastcallRun run(init(shell("echo hello; exec tail -f /dev/null"), {"--output", "prefix"}));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("hello"));
  REQUIRE(run.child_pids().size() == 1);
  const int child = run.child_pids().front();
  const Fd held(::open(("/proc/" + std::to_string(child) + "/fd/1").c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(held);
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(run.since_stop() < 1s);
}

TEST_CASE("each life's lines are its own: the last one of the first ends before the next begins, and the pid says whose it is") {
  LastcallRun run(init(shell("printf 'life without end'; exit 1"),
                       {"--output", "json", "--restart-policy", "on-failure", "--restart-delay", "10ms", "--restart-limit", "1"}));
  SHOW_LOG(run);
  CHECK_EXIT(run, 1);
  const auto starts = run.events("child_started");
  REQUIRE(starts.size() == 2);
  const std::vector<std::string> lines = split(run.process().out().text());
  REQUIRE(lines.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(lines[i].find("\"pid\":" + starts[i].text("child_pid") + ",") != std::string::npos);
    CHECK(lines[i].ends_with("\"message\":\"life without end\"}"));
  }
}

TEST_CASE("another user's child may open /dev/stdout again, as nginx does") {
  if (not_root()) return;
  CHECK(output_of(init(shell("echo again >/dev/stdout"), {"--output", "prefix", "--user", "daemon"})) == "[sh.0] again\n");
}

TEST_CASE("at a terminal the prefix has a color, and the child's input is the terminal while its output is none") {
  Pty pty;
  SpawnOptions spawn{.argv = {lastcall_binary(), "--no-proxy", "--output", "prefix", "--", "sh", "-c",
                              "read line; test -t 0 && test ! -t 1 && echo \"got $line\""}};
  spawn.terminal = pty.slave();
  spawn.environment = {{"TERM", "xterm"}};
  Process process(spawn);
  pty.close_slave();
  REQUIRE(pty.wait_text("ready") != std::string::npos);
  for (const char key : std::string("words\r")) pty.type(key);
  CHECK(pty.wait_text("\033[36m[sh.0]\033[0m got words") != std::string::npos);
  CHECK((process.wait_exit() == ExitStatus{false, 0}));
}

TEST_CASE("log.file takes lastcall's own lines, the worker's too, and the command has standard error for itself") {
  TempDir directory;
  const std::string log = directory.path("lastcall.log");
  Process process({.argv = {lastcall_binary(), "--log-file", log, "--log-level", "debug", "--listen", "127.0.0.1:0", "--", "sh", "-c",
                            "echo mine >&2; exec " + tiny_server()[0] + " serve"}});
  REQUIRE(process.wait_until([&] { return read_file(log).find("ready") != std::string::npos; }));
  process.signal(SIGTERM);
  CHECK((process.wait_exit() == ExitStatus{false, 0}));
  CHECK(process.err().text() == "mine\n");
  CHECK(read_file(log).find("worker") != std::string::npos);
  CHECK(read_file(log).find("0 dropped") != std::string::npos);  // the report at the end

  Process wrong({.argv = {lastcall_binary(), "--no-proxy", "--log-file", "/no/such/directory/log", "--", "true"}});
  CHECK((wrong.wait_exit() == ExitStatus{false, 78}));
  CHECK(wrong.err().text().find("/no/such/directory/log: No such file or directory") != std::string::npos);
}

TEST_CASE("with log.file the command's lines still go to standard error, by way of lastcall") {
  TempDir directory;
  Process process({.argv = {lastcall_binary(), "--no-proxy", "--log-file", directory.path("log"), "--output", "prefix", "--", "sh", "-c",
                            "echo out; echo err >&2"}});
  CHECK((process.wait_exit() == ExitStatus{false, 0}));
  CHECK(process.out().text() == "[sh.0] out\n");
  CHECK(process.err().text() == "[sh.0] err\n");
}
