// Readiness: each kind of sign, from a child that gives it late and from one that never does, and who is not believed.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "e2e.h"
#include "support/control_client.h"

using namespace lastcall::test;

namespace {

Words child(const Words& flags) {
  Words words{"python3", child_file("health_child.py")};
  words.insert(words.end(), flags.begin(), flags.end());
  return words;
}

// A child behind a port that the test knows, so that it can be commanded before it is ready.
struct Late {
  FreePort port;
  LastcallRun run;
  Late(Words flags, const Words& child_flags) : run(options(std::move(flags), child_flags)) {
    REQUIRE(run.process().wait_line("the child listens"));
  }
  void say(const std::string& text) { CHECK(fetch(port.number(), "/say?" + text).response.status == 200); }
  std::string variable(const std::string& name) { return fetch(port.number(), "/env?" + name).response.body; }

 private:
  RunOptions options(Words flags, Words child_flags) {
    flags.insert(flags.end(), {"--upstream", "127.0.0.1:" + std::to_string(port.number())});
    child_flags.insert(child_flags.end(), {"--port", std::to_string(port.number())});
    return {.flags = std::move(flags), .child = child(child_flags)};
  }
};

bool notify(const std::string& name, std::string_view text) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  return ::sendto(fd.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address), size) > 0;
}

void check_never_ready(const Words& flags, const Words& child_words, const std::string& last_answer, const char* timeout = "400ms") {
  RunOptions options{.flags = flags, .child = child_words};
  options.flags.insert(options.flags.end(), {"--ready-timeout", timeout});
  LastcallRun run(options);
  SHOW_LOG(run);
  const auto told = run.wait_event("child_not_ready");
  REQUIRE(told);
  CHECK(told->text("last_answer").find(last_answer) != std::string::npos);
  CHECK_EXIT(run, 124);
}

}  // namespace

TEST_CASE("http: a child is ready at the first good answer, not at the first connection (G160)") {
  LastcallRun run({.flags = {"--ready-http", "/healthz"}, .child = child({"--bad", "4"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/asked").response.body == "5");
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("http: which answers are good is the user's word") {
  LastcallRun run({.flags = {"--ready-http", "/healthz", "--ready-status", "200-299", "--ready-status", "401"}, .child = child({"--status", "401"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("exec: a child is ready when the command says so, which has its variables and no channel of its own to us") {
  TempDir place;
  const std::string mark = place.path("listening");
  const std::string program = "test -z \"$NOTIFY_SOCKET\" && test -n \"$PORT\" && test -e " + mark;
  LastcallRun run({.flags = {"--ready-exec", "sh", "--ready-exec=-c", "--ready-exec", program, "--live-watchdog", "1h"},
                   .child = child({"--touch", mark})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("log: a child is ready when it says so in a line, whose bytes reach our own output untouched") {
  LastcallRun run({.flags = {"--ready-log", "^up in [0-9]+ ms$"}, .child = child({"--print", "almost up in 12 ms", "--print", "up in 12 ms"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  REQUIRE(run.process().wait_line("^and more$", kPatience, 1));
  CHECK(run.process().out().text() == "the child listens\nnoise\nalmost up in 12 ms\nand more\nnoise\nup in 12 ms\nand more\n");
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("log: the line of one child is not the next one's") {
  LastcallRun run({.flags = {"--no-proxy", "--ready-log", "^up$", "--restart-policy", "always", "--restart-delay", "10ms", "--restart-limit", "0"},
                   .child = child({"--deaf", "--print", "up"}),
                   .listen = false});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  ::kill(run.child_pids().front(), SIGKILL);
  REQUIRE(run.wait_event("ready_again"));
  CHECK(run.process().wait_line("^up$", kPatience, 1));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("notify: a child that listens is not ready before it says so, and what else it says does no harm (G148, P58)") {
  Late late({"--ready-notify"}, {});
  SHOW_LOG(late.run);
  CHECK(late.variable("NOTIFY_SOCKET").starts_with("@lastcall/notify/"));
  CHECK(late.variable("WATCHDOG_USEC").empty());
  late.say("STATUS=warming%20up");
  late.say("RELOADING=1");
  late.say("MAINPID=1");
  late.say("FDSTORE=1");
  late.say("READY=0");
  late.say("EXTEND_TIMEOUT_USEC=1000000");
  CHECK(late.run.events("ready").empty());
  const auto says = [socket = late.variable("LASTCALL_SOCKET")](std::string_view what) {
    const std::string state = ask_control(socket, "GET", "/v1/state").body;
    return state.find("\"status\":\"" + std::string(what) + "\"") != state.npos;
  };
  CHECK(ask_until([&] { return says("warming up"); }));
  late.say("STATUS=up%0aREADY=1");
  REQUIRE(late.run.wait_ready());
  late.say("RELOADING=1");
  late.say("READY=1");
  late.say("STOPPING=1");
  REQUIRE(late.run.wait_event("child_stopping"));
  CHECK(late.run.events("ready").size() == 1);
  CHECK(late.run.events("notification_ignored").size() == 1);
  CHECK(late.run.events("notification_refused").empty());
  CHECK(fetch(late.run.port(), "/").response.status == 200);
  late.say("STATUS=%1b%5b2Jcache%20at%2050%20%25");
  CHECK(ask_until([&] { return says("?[2Jcache at 50 %"); }));
  late.run.stop();
  CHECK_EXIT(late.run, 0);
}

TEST_CASE("notify: who is neither the child nor started by it is refused and logged") {
  Late late({"--ready-notify"}, {});
  SHOW_LOG(late.run);
  const std::string name = late.variable("NOTIFY_SOCKET");
  REQUIRE(notify(name, "READY=1"));
  const auto refused = late.run.wait_event("notification_refused");
  REQUIRE(refused);
  CHECK(refused->text("sender_pid") == std::to_string(::getpid()));
  CHECK(late.run.events("ready").empty());
  late.say("READY=1");
  REQUIRE(late.run.wait_ready());
  late.run.stop();
  CHECK_EXIT(late.run, 0);
}

TEST_CASE("notify: systemd-notify, started by the child, speaks for it; our own manager's socket stays ours (P58)") {
  if (::access("/usr/bin/systemd-notify", X_OK) != 0) {
    MESSAGE("skipped: no systemd-notify (apt install systemd)");
    return;
  }
  TempDir place;
  RunOptions options{.flags = {"--no-proxy", "--ready-notify"},
                     .child = {"sh", "-c", "test $NOTIFY_SOCKET != /nowhere && systemd-notify --ready --status=up && exec sleep 1000"},
                     .listen = false};
  options.spawn.environment["NOTIFY_SOCKET"] = "/nowhere";
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("notify: without a proxy a queue consumer is ready when it says so, and each one that follows anew") {
  LastcallRun run({.flags = {"--no-proxy", "--ready-notify", "--restart-policy", "always", "--restart-delay", "10ms", "--restart-limit", "0"},
                   .child = child({"--deaf", "--notify", "READY=1\\nSTATUS=consuming"}),
                   .listen = false});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  ::kill(run.child_pids().front(), SIGKILL);
  REQUIRE(run.wait_event("ready_again"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a child that never becomes ready is 124, and the last answer is told") {
  check_never_ready({"--ready-http", "/healthz"}, child({"--bad", "100000"}), "HTTP 503", "3s");  // time for an interpreter to start
  check_never_ready({"--ready-exec", "sh", "--ready-exec=-c", "--ready-exec", "echo no server >&2; exit 2"}, tiny({"wait"}), "exit code 2: no server");
  check_never_ready({"--ready-notify"}, child({"--notify", "STATUS=loading the model"}), "no READY=1; its status: loading the model", "3s");
  check_never_ready({"--ready-log", "up$"}, {"sh", "-c", "echo almost up, not quite; exec sleep 1000"}, "no line that matches up$");
  check_never_ready({}, tiny({"wait"}), "Connection refused");
}

TEST_CASE("a child that asks for more time gets it") {
  Late late({"--ready-notify", "--ready-timeout", "2s"}, {"--notify", "EXTEND_TIMEOUT_USEC=9000000"});
  SHOW_LOG(late.run);
  CHECK_FALSE(late.run.wait_event("child_not_ready", 2200ms));
  late.say("READY=1");
  REQUIRE(late.run.wait_ready());
  late.run.stop();
  CHECK_EXIT(late.run, 0);
}

TEST_CASE("a stop before readiness waits for none of it (P80)") {
  Late late({"--ready-notify"}, {});
  SHOW_LOG(late.run);
  late.run.stop();
  CHECK_EXIT(late.run, 0);
  CHECK(late.run.since_stop() < 2000ms);
}
