// Under a service manager that speaks sd_notify(3): what it hears of lastcall, and what the child learns of it (P58, P74).
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>

#include "spawn_init.h"

using namespace lastcall::test;

namespace {

class Manager {
 public:
  Manager() : path_(directory_.path("notify")), fd_(check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    check(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  }
  RunOptions around(RunOptions options) const {
    options.spawn.environment["NOTIFY_SOCKET"] = path_;
    return options;
  }
  const std::string& path() const { return path_; }

  // Everything so far, a message a line and their own lines separated by "|"; waits for one that contains `text`.
  bool hears(const std::string& text, Milliseconds wait = kPatience) {
    const Deadline deadline = Deadline::in(wait);
    for (;;) {
      char buffer[1024];
      for (ssize_t size; (size = ::recv(fd_.get(), buffer, sizeof buffer, 0)) >= 0;) {
        std::string message(buffer, static_cast<std::size_t>(size));
        std::ranges::replace(message, '\n', '|');
        messages_.push_back(message);
      }
      for (const std::string& message : messages_)
        if (message.find(text) != message.npos) return true;
      if (deadline.passed()) return false;
      wait_for(fd_.get(), POLLIN, deadline);
    }
  }
  long count(const std::string& text) {
    return std::ranges::count_if(messages_, [&](const std::string& message) { return message.find(text) != message.npos; });
  }
  std::string all() const {
    std::string text;
    for (const std::string& message : messages_) text += message + "\n";
    return text;
  }

 private:
  TempDir directory_;
  std::string path_;
  Fd fd_;
  std::vector<std::string> messages_;
};

}  // namespace

TEST_CASE("READY=1 with the child's readiness, STOPPING=1 at the stop, then more time and what is open, once a second (P74, G147)") {
  Manager manager;
  LastcallRun run(manager.around({.child = tiny_server({"--listen-delay", "300"}), .grace = "8s"}));
  SHOW_LOG(run);
  REQUIRE(run.wait_event("child_started"));
  CHECK_FALSE(manager.hears("READY=1", 50ms));
  REQUIRE(run.wait_ready());
  REQUIRE(manager.hears("READY=1"));
  CHECK(manager.all().starts_with("EXTEND_TIMEOUT_USEC=6"));  // ready.timeout of 60 s, and a little more
  CHECK(manager.all().ends_with("|STATUS=starting\nREADY=1|STATUS=serving\n"));

  HttpClient slow(run.port());
  REQUIRE(slow.send_request("GET", "/slow?ms=2500"));
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  REQUIRE(manager.hears("STOPPING=1"));
  CHECK(slow.read_response().response.status == 200);
  CHECK_EXIT(run, 0);
  REQUIRE(manager.hears("EXTEND_TIMEOUT_USEC=5000000|STATUS=draining: 1 requests, 0 streams"));
  INFO(manager.all());
  CHECK(manager.count("STOPPING=1") == 1);
  CHECK(manager.count("READY=1") == 1);
  CHECK(manager.count(" requests, ") >= 3);
  CHECK(manager.count(" requests, ") <= 5);
}

TEST_CASE("a command that asks for more time to start has it from lastcall's manager, too, with a little more (P74)") {
  Manager manager;
  LastcallRun run(manager.around(init({"python3", child_file("health_child.py"), "--deaf", "--notify", "EXTEND_TIMEOUT_USEC=400000000"},
                                      {"--ready-notify", "--ready-timeout", "50s"})));
  SHOW_LOG(run);
  REQUIRE(manager.hears("EXTEND_TIMEOUT_USEC=5"));
  REQUIRE(manager.hears("EXTEND_TIMEOUT_USEC=40"));
  INFO(manager.all());
  CHECK(manager.count("EXTEND_TIMEOUT_USEC=") == 2);
  CHECK(manager.count("READY=1") == 0);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("the manager's variables are lastcall's: the child sees neither its socket nor its watchdog, which lastcall serves (P58)") {
  Manager manager;
  RunOptions options = manager.around(init(shell("env; echo end; exec tail -f /dev/null")));
  options.spawn.environment["WATCHDOG_USEC"] = "200000";
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^end$"));
  CHECK(run.process().out().text().find(manager.path()) == std::string::npos);
  CHECK(run.process().out().text().find("WATCHDOG_") == std::string::npos);
  REQUIRE(manager.hears("READY=1"));
  CHECK_FALSE(manager.hears("no such message", 500ms));
  CHECK(manager.count("WATCHDOG=1") >= 4);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a child that was handed the manager's socket says READY=1 itself, and lastcall says nothing (P58)") {
  Manager manager;
  LastcallRun run(manager.around(init(shell("echo $NOTIFY_SOCKET; exit 3"), {"--env-systemd"})));
  SHOW_LOG(run);
  CHECK_EXIT(run, 3);
  CHECK(run.process().out().text() == manager.path() + "\n");
  CHECK_FALSE(manager.hears("=", 100ms));
}

TEST_CASE("a manager that reads nothing, or is gone, holds nothing up (P74, P91)") {
  RunOptions options = init(tiny({"wait"}));
  options.spawn.environment["NOTIFY_SOCKET"] = "/no/such/socket";
  LastcallRun run(options);
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^waiting$"));
  run.stop();
  CHECK_EXIT(run, 0);
}
