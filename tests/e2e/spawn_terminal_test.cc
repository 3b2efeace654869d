// At a terminal as a shell expects it (P81 to P88): in its foreground and background, stopped and continued, resized, hung up. The shell
// is bash with job control, on a terminal of its own.
#include <sys/ioctl.h>
#include <termios.h>

#include <csignal>

#include "spawn_init.h"
#include "support/pty.h"

using namespace lastcall::test;

namespace {

std::string quoted(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += "'" + word + "' ";
  return text;
}

// A person in front of an interactive shell.
class Session {
 public:
  Session() {
    SpawnOptions spawn{.argv = {"bash", "--norc", "--noprofile", "-i"}};
    spawn.terminal = pty.slave();
    spawn.environment = {{"PS1", "$ "}, {"TERM", "dumb"}, {"HISTFILE", ""}};
    shell = std::make_unique<Process>(spawn);
    pty.close_slave();
    REQUIRE(see("$ "));
  }
  ~Session() {
    for (const ProcessInfo& info : descendants(shell->pid())) ::kill(info.pid, SIGKILL);
  }
  void type(const std::string& line) {
    for (const char key : line + "\r") pty.type(key);
  }
  bool see(const std::string& text, Milliseconds wait = 10s) {
    const std::size_t at = pty.wait_text(text, from, wait);
    if (at != std::string::npos) from = at;
    return at != std::string::npos;
  }
  // The shell answers, so the terminal is its own. The word is not in what the terminal echoes.
  bool shell_answers() {
    type("echo alive-$((40+2))");
    return see("alive-42");
  }
  int lastcall() {
    int found = 0;
    comes_true([&] {
      for (const ProcessInfo& info : descendants(shell->pid()))
        if (info.parent == shell->pid()) found = info.pid;
      return found != 0;
    });
    return found;
  }
  char state(int pid) { return process_status(pid, "State").empty() ? '?' : process_status(pid, "State")[0]; }
  std::vector<int> children(int pid) {
    std::vector<int> pids;
    for (const ProcessInfo& info : descendants(pid)) pids.push_back(info.pid);
    return pids;
  }

  Pty pty;
  std::unique_ptr<Process> shell;
  std::size_t from = 0;
};

std::string command(const Words& child, const std::string& flags = "--no-proxy") {
  return "'" + lastcall_binary() + "' --log-level warn " + flags + " -- " + quoted(child);
}

}  // namespace

TEST_CASE("started with & from an interactive shell it never takes the terminal, as an init and as a proxy (P83)") {
  FreePort port;
  for (const std::string& flags : {std::string("--no-proxy"), "--listen " + port.address(), "--terminal child --listen " + port.address()}) {
    CAPTURE(flags);
    Session session;
    session.type(command(tiny_server({"--no-listen"}), flags) + " &");
    REQUIRE(session.see("not listening"));
    INFO(session.pty.screen());
    CHECK(session.pty.foreground_group() == session.shell->pid());
    CHECK(session.shell_answers());
    CHECK(session.pty.foreground_group() == session.shell->pid());
    session.type("kill %1; wait %1; echo ended-$?");
    CHECK(session.see("ended-0"));
  }
}

TEST_CASE("Ctrl-Z stops the child and lastcall, the shell comes back, and fg goes on with both (P84)") {
  FreePort port;
  for (const std::string& flags : {std::string("--no-proxy"), "--grace 5s --listen " + port.address()}) {
    CAPTURE(flags);
    const bool proxied = flags != "--no-proxy";
    Session session;
    session.type(command(proxied ? tiny_server() : tiny({"wait"}), flags));
    REQUIRE(session.see(proxied ? "listening" : "waiting"));
    if (proxied) CHECK(comes_true([&] { return fetch(port.number(), "/").response.status == 200; }));
    INFO(session.pty.screen());
    const int lastcall = session.lastcall();
    const std::vector<int> below = session.children(lastcall);
    REQUIRE(below.size() == (proxied ? 2 : 1));
    session.pty.type(kCtrlZ);
    REQUIRE(session.see("Stopped"));
    const auto stopped = [&](int pid) { return session.state(pid) == 'T'; };
    CHECK(stopped(lastcall));
    // The child, which stops as soon as the kernel gives it a processor to take its signal on; a worker is nobody's job.
    CHECK(comes_true([&] { return std::ranges::count_if(below, stopped) == 1; }));
    CHECK(session.shell_answers());
    session.type("fg");
    CHECK(comes_true([&] { return !stopped(lastcall) && std::ranges::none_of(below, stopped); }));
    if (proxied) CHECK(fetch(port.number(), "/").response.status == 200);
    ::kill(lastcall, SIGTERM);
    session.type("echo ended-$?");
    CHECK(session.see("ended-0"));
  }
}

TEST_CASE("a drain that is stopped gives the shell its whole screen, in the background it draws nothing, and after fg its line is back (P84)") {
  const std::string kMargins = "\x1b[1;23r", kNoMargins = "\x1b[r";
  FreePort port;
  Session session;
  session.type("TERM=xterm " + command(tiny_server(), "--grace 1m --listen " + port.address()));
  REQUIRE(session.see("listening"));
  CHECK(comes_true([&] { return fetch(port.number(), "/").response.status == 200; }));
  INFO(session.pty.screen());
  const int lastcall = session.lastcall();
  HttpClient client(port.number());
  REQUIRE(client.send_request("GET", "/slow?ms=60000"));
  CHECK(fetch(port.number(), "/").response.status == 200);
  session.pty.type(kCtrlC);
  REQUIRE(session.see(kMargins));
  REQUIRE(session.see("1 request"));
  session.pty.type(kCtrlZ);
  REQUIRE(session.see(kNoMargins));
  REQUIRE(session.see("Stopped"));
  const std::size_t stopped = session.from;
  session.type("bg");
  CHECK(comes_true([&] { return session.state(lastcall) != 'T'; }));
  CHECK(session.pty.wait_text(kMargins, stopped, 600ms) == std::string::npos);  // three times what a living line needs to change
  CHECK(session.shell_answers());
  session.type("fg");
  REQUIRE(session.see(kMargins));
  REQUIRE(session.see("1 request"));
  // Nobody sees a SIGSTOP coming; after it the line is drawn anew, whatever the screen went through.
  ::kill(lastcall, SIGSTOP);
  REQUIRE(session.see("Stopped"));
  CHECK(session.shell_answers());
  session.type("fg");
  REQUIRE(session.see(kMargins));
  REQUIRE(session.see("1 request"));
  session.pty.type(kCtrlC);  // and no longer for this one
  REQUIRE(session.see(kNoMargins));
  session.type("echo ended-$?");
  CHECK(session.see("ended-1"));
}

TEST_CASE("minutes in the background are no minutes of silence: after fg no worker is taken for hung (P84, P95)") {
  FreePort port;
  Session session;
  session.type(command(tiny_server(), "--grace 5s --listen " + port.address()));
  REQUIRE(session.see("listening"));
  REQUIRE(comes_true([&] { return fetch(port.number(), "/").response.status == 200; }));
  const int lastcall = session.lastcall();
  session.pty.type(kCtrlZ);
  REQUIRE(session.see("Stopped"));
  CHECK_FALSE(session.see("nothing to see", 6s));  // longer than a worker may be silent
  session.type("fg");
  REQUIRE(comes_true([&] { return session.state(lastcall) != 'T'; }));
  CHECK_FALSE(session.see("worker_killed", 1s));
  INFO(session.pty.screen());
  CHECK(fetch(port.number(), "/").response.status == 200);
  ::kill(lastcall, SIGTERM);
  session.type("echo ended-$?");
  CHECK(session.see("ended-0"));
}

TEST_CASE("a resized window is one WINCH for the child, whoever holds the terminal (P85)") {
  FreePort port;
  for (const std::string& flags : {std::string("--no-proxy"), "--listen " + port.address() + " --upstream 127.0.0.1:1"}) {
    CAPTURE(flags);
    Session session;
    session.type(command(spawn_child({"signals"}), flags));
    REQUIRE(session.see("ready"));
    for (unsigned short columns = 101; columns < 104; ++columns) {
      session.pty.resize(columns);
      CHECK(session.see("signal 28"));
    }
    CHECK_FALSE(session.see("signal 28", 300ms));
    ::kill(session.lastcall(), SIGTERM);
    CHECK(session.see("signal 15"));
  }
}

TEST_CASE("lastcall in the background may log to a terminal that stops background writers (P86)") {
  Session session;
  session.type("stty tostop");
  session.type("'" + lastcall_binary() + "' --log-level info --no-proxy -- " + quoted(tiny({"wait"})) + " >/dev/null &");
  REQUIRE(session.see("ready"));  // a line of its log
  const int lastcall = session.lastcall();
  CHECK(session.state(lastcall) != 'T');
  ::kill(lastcall, SIGTERM);
  CHECK(session.see("exit"));
  INFO(session.pty.screen());
  session.type("wait $!; echo ended-$?");
  CHECK(session.see("ended-0"));
}

TEST_CASE("a terminal that hangs up is a stop: the child gets its own signal and nothing is left (P87)") {
  TempDir directory;
  const std::string seen = directory.path("seen");
  auto pty = std::make_unique<Pty>();
  SpawnOptions spawn{.argv = {lastcall_binary(), "--no-proxy", "--grace", "5s", "--"}};
  for (const std::string& word : shell("trap 'echo term >" + seen + "; exit 0' TERM; echo ready; while :; do sleep 0.02; done"))
    spawn.argv.push_back(word);
  spawn.terminal = pty->slave();
  Process process(spawn);
  pty->close_slave();
  REQUIRE(pty->wait_text("ready") != std::string::npos);
  pty.reset();  // the window is closed
  const auto status = process.wait_exit();
  CHECK(status.has_value());
  CHECK(leftovers().empty());
}

TEST_CASE("HUP: ignore keeps a service through the end of its terminal, as nohup does (P87, G40)") {
  for (const bool nohup : {true, false}) {
    CAPTURE(nohup);
    auto pty = std::make_unique<Pty>();
    SpawnOptions spawn{.argv = {lastcall_binary(), "--no-proxy", "--grace", "5s", "--terminal", "automatic"}};
    if (!nohup) spawn.argv.insert(spawn.argv.end(), {"--signals", "HUP=ignore"});
    spawn.argv.emplace_back("--");
    for (const std::string& word : shell("trap '' HUP; echo ready; while :; do sleep 0.02; done")) spawn.argv.push_back(word);
    spawn.terminal = pty->slave();
    if (nohup) spawn.before_exec = [] { ::signal(SIGHUP, SIG_IGN); };
    Process process(spawn);
    pty->close_slave();
    REQUIRE(pty->wait_text("ready") != std::string::npos);
    pty.reset();
    CHECK_FALSE(process.wait_exit(500ms).has_value());
    process.signal(SIGTERM);
    CHECK((process.wait_exit() == ExitStatus{false, 0}));
    CHECK(leftovers().empty());
  }
}

TEST_CASE("at the end the terminal's modes are as they were, although the child left them raw (P88)") {
  Session session;
  session.type("stty -a | tr ';' '\\n' | grep -c icanon");
  session.type(command(shell("stty raw -echo; echo changed; kill -9 $$")));
  REQUIRE(session.see("changed"));
  session.type("echo ended-$?");
  CHECK(session.see("ended-137"));  // typed and echoed as before, a line at a time
  session.type("stty -a | grep -o -- '-icanon' || echo icanon-is-$((40+2))");
  CHECK(session.see("icanon-is-42"));
}

TEST_CASE("standard input that is no terminal, closed, or a terminal of somebody else fails nothing (P82)") {
  Pty other;
  for (const bool closed : {true, false}) {
    RunOptions options = init(tiny({"exit", "3"}));
    if (closed)
      options.spawn.closed = {0, 1, 2};
    else
      options.spawn.input = other.slave();  // not the controlling one
    CHECK(exit_code_of(options) == 3);
  }
}
