// lastcall at a terminal: Ctrl-C reaches lastcall alone, the drain is shown, a second Ctrl-C hurries, the terminal is left as it was.
#include <csignal>

#include "e2e.h"
#include "support/pty.h"

using namespace lastcall::test;

namespace {

struct Session {
  Pty pty;
  FreePort port;
  std::unique_ptr<Process> process;

  explicit Session(const Words& child, const Words& flags = {}, const std::string& grace = "10s") {
    SpawnOptions spawn;
    spawn.argv = {lastcall_binary(), "--listen", port.address(), "--grace", grace};
    spawn.argv.insert(spawn.argv.end(), flags.begin(), flags.end());
    spawn.argv.emplace_back("--");
    spawn.argv.insert(spawn.argv.end(), child.begin(), child.end());
    spawn.terminal = pty.slave();
    spawn.environment["TERM"] = "xterm";
    process = std::make_unique<Process>(spawn);
    pty.close_slave();
  }

  // The log is for people here, and words change: the port that answers is what counts.
  bool wait_ready() { return pty.wait_text("ready") != std::string::npos && fetch(port.number(), "/").response.status == 200; }
};

}  // namespace

#define CHECK_SESSION_EXIT(session, code)                                                                                     \
  do {                                                                                                                        \
    const auto status_ = (session).process->wait_exit();                                                                      \
    (session).pty.wait_text("the end of all output", 0, 1s);                                                                  \
    INFO("the screen:\n", (session).pty.screen());                                                                            \
    CHECK_MESSAGE(status_ == (ExitStatus{false, (code)}), "ended with ", to_string(status_));                                 \
    CHECK(leftovers().empty());                                                                                               \
  } while (false)

TEST_CASE("Ctrl-C during a request: it is answered, then the child gets its signal, exit 0 (G45, P76, decision 6)") {
  Session session(tiny_server());
  REQUIRE(session.wait_ready());
  HttpClient client(session.port.number());
  REQUIRE(client.send_request("GET", "/slow?ms=900"));
  CHECK(fetch(session.port.number(), "/").response.status == 200);
  session.pty.type(kCtrlC);
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.status == 200);
  CHECK(answer.response.says_close());
  CHECK_SESSION_EXIT(session, 0);
}

TEST_CASE("the child does not see Ctrl-C: it is in the background, lastcall in the foreground (P76, decision 6)") {
  Session session(tiny_server({"--log-term"}), {}, "2s");
  REQUIRE(session.wait_ready());
  CHECK(session.pty.foreground_group() == session.process->pid());
  session.pty.type(kCtrlC);
  CHECK(session.pty.wait_text("signal 15") != std::string::npos);  // its own stop signal
  CHECK(session.pty.screen().find("signal 2") == std::string::npos);
  CHECK_SESSION_EXIT(session, 137);
}

TEST_CASE("while it drains, the terminal shows a line of what is left (issue 2, 5)") {
  Session session(tiny_server());
  REQUIRE(session.wait_ready());
  HttpClient client(session.port.number());
  REQUIRE(client.send_request("GET", "/slow?ms=1500"));
  CHECK(fetch(session.port.number(), "/").response.status == 200);
  const std::size_t before = session.pty.screen().size();
  session.pty.type(kCtrlC);
  // A line that is rewritten in place, in the last row, which nothing else scrolls into and which is given back at the end.
  CHECK(session.pty.wait_text("1 request", before) != std::string::npos);
  const std::string rows = session.pty.screen().substr(before);
  CHECK(rows.find(";1Hdraining: 1 request") != std::string::npos);
  CHECK(rows.find("\x1b[1;") < rows.find("1 request"));
  CHECK(rows.find("\x1b[r") == std::string::npos);
  CHECK(client.read_response().complete);
  CHECK_SESSION_EXIT(session, 0);
  CHECK(session.pty.screen().find("\x1b[r", before) != std::string::npos);
}

TEST_CASE("the second Ctrl-C signals the child now, the third kills (decision 5, G125)") {
  Session session(tiny_server({"--log-term"}), {}, "30s");
  REQUIRE(session.wait_ready());
  HttpClient client(session.port.number());
  REQUIRE(client.send_request("GET", "/slow?ms=60000"));
  CHECK(fetch(session.port.number(), "/").response.status == 200);
  session.pty.type(kCtrlC);
  // Typed apart, as people do (0.3 s): the pause is the interface.
  CHECK(session.pty.wait_text("signal 15", 0, 500ms) == std::string::npos);
  session.pty.type(kCtrlC);
  CHECK(session.pty.wait_text("signal 15", 0, 5s) != std::string::npos);
  session.pty.wait_text("nothing to see", 0, 500ms);
  session.pty.type(kCtrlC);
  const auto start = Clock::now();
  CHECK_SESSION_EXIT(session, 137);
  CHECK(elapsed_since(start) < 5s);
}

TEST_CASE("TERM from elsewhere stops at a terminal as anywhere") {
  Session session(tiny_server());
  REQUIRE(session.wait_ready());
  session.process->signal(SIGTERM);
  CHECK_SESSION_EXIT(session, 0);
}

TEST_CASE("--no-proxy hands the terminal to the child, as an init does (decision 6, P81)") {
  Pty pty;
  SpawnOptions spawn{.argv = {lastcall_binary(), "--no-proxy", "--"}};
  for (const std::string& word : tiny({"signals"})) spawn.argv.push_back(word);
  spawn.terminal = pty.slave();
  Process process(spawn);
  pty.close_slave();
  REQUIRE(pty.wait_text("ready\r\n") != std::string::npos);  // the child's word, not ours
  CHECK(pty.foreground_group() != process.pid());
  pty.type(kCtrlC);
  CHECK(pty.wait_text("signal 2") != std::string::npos);
  process.signal(SIGTERM);
  const auto status = process.wait_exit();
  pty.wait_text("the end of all output", 0, 1s);
  INFO("the screen:\n", pty.screen());
  CHECK_MESSAGE((status == ExitStatus{false, 0}), to_string(status));
}
