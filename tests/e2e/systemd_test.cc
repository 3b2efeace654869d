// Under a real systemd, in a container of its own: the unit that we ship, as it is. What its commands do to a service under load, what they do to
// the same server without lastcall, and what systemd knows afterwards.
#include <algorithm>
#include <csignal>

#include "spawn_init.h"
#include "support/load_loop.h"
#include "support/systemd_box.h"

using namespace lastcall::test;

namespace {

const std::string kUnit = "lastcall@shop";

bool skipped(const SystemdBox& box) {
  if (!box.why_not().empty()) MESSAGE("skipped: ", box.why_not());
  return !box.why_not().empty();
}

std::string yaml_list(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "[\"" : ", \"") + word + "\"";
  return text + "]";
}

// The shipped unit around `child`; `drop_in`: what `systemctl edit` would write.
void install(const SystemdBox& box, std::uint16_t port, const Words& child, const std::string& drop_in = "", const std::string& settings = "") {
  box.copy(lastcall_binary(), "/usr/local/bin/lastcall");
  box.copy(LASTCALL_SHIPPED_UNIT, "/etc/systemd/system/lastcall@.service");
  box.write("/etc/systemd/system/lastcall@.service.d/override.conf", drop_in);
  box.write("/etc/lastcall/shop.yaml",
            "command: " + yaml_list(child) + "\nlisten: 127.0.0.1:" + std::to_string(port) + "\nlog: {format: json}\n" + settings);
  REQUIRE(box.systemctl({"daemon-reload"}));
}

// The same server, as a unit of its own, without us.
void install_bare(const SystemdBox& box, std::uint16_t port, const Words& child) {
  std::string command;
  for (const std::string& word : child) command += word + " ";
  box.write("/etc/systemd/system/bare.service",
            "[Service]\nEnvironment=PORT=" + std::to_string(port) + "\nExecStart=" + command + "\nTimeoutStopSec=90s\n");
  REQUIRE(box.systemctl({"daemon-reload"}));
}

// `systemctl stop` while 16 clients send one request after the other.
LoadCounts stop_under_load(const SystemdBox& box, const std::string& unit, std::uint16_t port) {
  LoadLoop load({{.port = port, .clients = 16, .think_max = 5ms, .slow_percent = 20}}, 11);
  load.run_until_answered(300);
  CHECK(box.systemctl({"stop", "--no-block", unit}));
  load.set_stopping();
  CHECK(load.run_to_end(15s));
  return load.counts();
}

}  // namespace

TEST_CASE("systemctl stop drains the shipped unit under load: nothing is lost, and the same server without lastcall loses (G147, control)") {
  const SystemdBox box;
  if (skipped(box)) return;
  const FreePort port, bare;
  install(box, port.number(), tiny_server());
  REQUIRE(box.systemctl({"start", kUnit}));  // Type=notify: not before READY=1
  INFO(box.journal(kUnit));
  CHECK(fetch(port.number(), "/").response.status == 200);
  CHECK(box.show(kUnit, "StatusText") == "serving");
  const LoadCounts counts = stop_under_load(box, kUnit, port.number());
  INFO("first problem: ", counts.problems.empty() ? "none" : counts.problems.front());
  CHECK(counts.spotless());
  CHECK(counts.answered >= 300);
  REQUIRE(box.systemctl({"stop", kUnit}));  // waits for the end of the other
  CHECK(box.show(kUnit, "ActiveState") == "inactive");
  CHECK(box.show(kUnit, "Result") == "success");
  CHECK(box.show(kUnit, "ExecMainStatus") == "0");

  install_bare(box, bare.number(), tiny_server());
  REQUIRE(box.systemctl({"start", "bare"}));
  const LoadCounts lost = stop_under_load(box, "bare", bare.number());
  CHECK(lost.losses() > 0);
}

TEST_CASE("a unit that needs longer than TimeoutStopSec asks systemd for it and ends well; the exit code is the main process's (P74, G147)") {
  const SystemdBox box;
  if (skipped(box)) return;
  const FreePort port;
  install(box, port.number(), tiny_server({"--exit-on-term", "7"}), "[Service]\nTimeoutStopSec=1s\nRestart=no\n", "grace: 10s\n");
  REQUIRE(box.systemctl({"start", kUnit}));
  INFO(box.journal(kUnit));
  HttpClient slow(port.number());
  REQUIRE(slow.send_request("GET", "/slow?ms=2500"));
  CHECK(fetch(port.number(), "/").response.status == 200);
  CHECK(box.systemctl({"stop", kUnit}));
  CHECK(slow.read_response().response.status == 200);
  CHECK(box.show(kUnit, "Result") == "exit-code");  // not "timeout"
  CHECK(box.show(kUnit, "ExecMainStatus") == "7");
}

TEST_CASE("a command that starts for longer than TimeoutStartSec starts all the same, as ready.timeout allows; then READY=1 ends the wait (P74)") {
  const SystemdBox box;
  if (skipped(box)) return;
  const FreePort port;
  install(box, port.number(), tiny_server({"--listen-delay", "1800"}), "[Service]\nTimeoutStartSec=1s\n");
  const Clock::time_point start = Clock::now();
  CHECK(box.systemctl({"start", kUnit}));
  INFO(box.journal(kUnit));
  CHECK(elapsed_since(start) >= 1800ms);
  CHECK(fetch(port.number(), "/").response.status == 200);
  CHECK(box.systemctl({"stop", kUnit}));
}

TEST_CASE("a reload that is a HUP to lastcall reaches the command once, and the service goes on (P31, P35)") {
  const SystemdBox box;
  if (skipped(box)) return;
  const FreePort port;
  TempDir place;
  install(box, port.number(), tiny_server({"--log-hup"}), "[Service]\nExecReload=kill -HUP $MAINPID\n");
  REQUIRE(box.systemctl({"start", kUnit}));
  const std::string main = box.show(kUnit, "MainPID");
  CHECK(box.systemctl({"reload", kUnit}));
  CHECK(fetch(port.number(), "/").response.status == 200);
  CHECK(box.show(kUnit, "ActiveState") == "active");
  CHECK(box.show(kUnit, "MainPID") == main);
  CHECK(box.systemctl({"stop", kUnit}));
  const std::string said = box.journal(kUnit);
  INFO(said);
  CHECK(said.find("signal 1\n") != std::string::npos);
  CHECK(said.find("signal 1\n") == said.rfind("signal 1\n"));
  CHECK(box.show(kUnit, "Result") == "success");
}

TEST_CASE("a lastcall that hangs misses WatchdogSec and is replaced, with its command; one that serves is left alone (G147)") {
  const SystemdBox box;
  if (skipped(box)) return;
  const FreePort port;
  install(box, port.number(), tiny_server(), "[Service]\nWatchdogSec=1s\nRestartSec=10ms\n");
  REQUIRE(box.systemctl({"start", kUnit}));
  INFO(box.journal(kUnit));
  HttpClient slow(port.number());
  REQUIRE(slow.send_request("GET", "/slow?ms=1500"));
  CHECK(slow.read_response().response.status == 200);
  CHECK(box.show(kUnit, "NRestarts") == "0");
  const int main = box.outer_pid(std::stoi(box.show(kUnit, "MainPID")));
  REQUIRE(main > 0);
  ::kill(main, SIGSTOP);
  REQUIRE(comes_true([&] { return box.show(kUnit, "NRestarts") == "1"; }));
  CHECK(comes_true([&] { return box.journal(kUnit).find("Watchdog timeout") != std::string::npos; }));
  CHECK(box.systemctl({"start", kUnit}));  // waits where it is on its way
  CHECK(fetch(port.number(), "/").response.status == 200);
  CHECK(box.systemctl({"stop", kUnit}));
}
