// What the child is given at its start (P53 to P61): each option by a real child that says what it got.
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "spawn_init.h"

using namespace lastcall::test;

namespace {

std::string line_of(const std::string& text, const std::string& start) {
  const std::size_t at = text.find(start);
  return at == text.npos ? "" : text.substr(at, text.find('\n', at) - at);
}

std::string status_of(const Words& flags, const std::string& field) {
  return line_of(output_of(init({"cat", "/proc/self/status"}, flags)), field + ":");
}

std::string environment_of(const RunOptions& options) {
  RunOptions with = options;
  with.child = {"/usr/bin/env"};
  return output_of(with);
}

}  // namespace

TEST_CASE("directory, umask and niceness (P54, P55)") {
  CHECK(output_of(init({"pwd"}, {"--dir", "/usr/lib"})) == "/usr/lib\n");
  CHECK(output_of(init(shell("umask"), {"--umask", "027"})) == "0027\n");
  CHECK(output_of(init({"nice"}, {"--nice", "7"})) == "7\n");
  CHECK(output_of(init({"./env", "-i", "A=1"}, {"--dir", "/usr/bin"})) == "A=1\n");  // a command is looked up where it will run
}

TEST_CASE("variables: set, unset, files, and none inherited; no shell expands them (P56)") {
  TempDir directory;
  const std::string file = directory.write("env", "FROM_FILE=\"a b\"\nBOTH=file\n# comment\nHOME_NOT=$HOME\n");
  RunOptions options = init({}, {"--env-files", file, "--env-set", "BOTH=set", "--env-set", "EMPTY=", "--env-unset", "SECRET"});
  options.spawn.environment = {{"SECRET", "x"}, {"KEPT", "y"}};
  const std::string text = environment_of(options);
  for (const char* line : {"FROM_FILE=a b\n", "BOTH=set\n", "EMPTY=\n", "KEPT=y\n", "HOME_NOT=$HOME\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != text.npos);
  }
  CHECK(text.find("SECRET") == text.npos);
  CHECK(text.find("BOTH=file") == text.npos);
  CHECK(environment_of(init({}, {"--env-inherit=false", "--env-set", "A=1", "--control", "off"})) == "A=1\n");
}

TEST_CASE("user, group and supplementary groups by name and number, with the user's HOME and name (P60, decision 14)") {
  if (not_root()) return;
  CHECK(output_of(init({"id"}, {"--user", "54321:54322"})).starts_with("uid=54321 gid=54322 groups=54322"));
  CHECK(output_of(init({"id", "-un"}, {"--user", "daemon"})) == "daemon\n");
  CHECK(output_of(init({"id", "-G"}, {"--user", "daemon", "--groups", "54323", "--groups", "mail"})) == "1 8 54323\n");
  const std::string text = environment_of(init({}, {"--user", "daemon"}));
  CHECK(text.find("HOME=/usr/sbin\n") != text.npos);
  CHECK(text.find("USER=daemon\n") != text.npos);
  CHECK(text.find("LOGNAME=daemon\n") != text.npos);
  CHECK(environment_of(init({}, {"--user", "daemon", "--env-set", "HOME=/srv"})).find("HOME=/srv\n") != std::string::npos);
}

TEST_CASE("limits by name; what is not named stays as it was, the descriptor limit too (P53, G15)") {
  const std::string text = output_of(init(shell("ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -s"),
                                          {"--limits", "nofile=300:400", "--limits", "core=0", "--limits", "stack=4M"}));
  CHECK(text == "300\n400\n0\n4096\n");
  RunOptions options = init(shell("ulimit -Sn; ulimit -Hn"));
  options.spawn.before_exec = [] {
    const rlimit limit{123, 456};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  };
  CHECK(output_of(options) == "123\n456\n");
}

TEST_CASE("no_new_privs, and capabilities that are dropped or kept for another user (P60)") {
  CHECK(status_of({}, "NoNewPrivs") == "NoNewPrivs:\t0");
  CHECK(status_of({"--no-new-privs"}, "NoNewPrivs") == "NoNewPrivs:\t1");
  if (not_root()) return;
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    CAPTURE(set);
    CHECK(status_of({"--capabilities", "none"}, set) == std::string(set) + ":\t0000000000000000");
    CHECK(status_of({"--user", "54321", "--capabilities", "net_bind_service"}, set) == std::string(set) + ":\t0000000000000400");
  }
}

TEST_CASE("oom_score_adj is the child's, and lastcall's own stays (P55)") {
  LastcallRun run(init(shell("cat /proc/self/oom_score_adj; echo ready; while :; do sleep 0.05; done"), {"--oom-score-adj", "321"}));
  SHOW_LOG(run);
  REQUIRE(run.process().wait_line("^321$"));
  REQUIRE(run.process().wait_line("^ready$"));
  CHECK(read_file("/proc/" + std::to_string(run.supervisor_pid()) + "/oom_score_adj") == read_file("/proc/self/oom_score_adj"));
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("the parent-death signal: KILL, another one, or none; after a change of user too (P42, decision 15)") {
  const auto armed = [](const Words& flags) { return line_of(output_of(init(tiny({"state"}), flags)), "death signal "); };
  CHECK(armed({}) == "death signal 9");
  CHECK(armed({"--parent-death-signal", "TERM"}) == "death signal 15");
  CHECK(armed({"--parent-death-signal", "none"}) == "death signal 0");
  if (not_root()) return;
  CHECK(armed({"--user", "54321", "--no-new-privs", "--capabilities", "none"}) == "death signal 9");
}

TEST_CASE("descriptors: all that lastcall was given, some of them, or none (P49, decision 13)") {
  const Fd memory(::memfd_create("passed", MFD_CLOEXEC));
  const auto has = [&](const Words& flags) {
    RunOptions options = init(tiny({"state"}), flags);
    options.spawn.descriptors = {{memory.get(), 7}, {memory.get(), 9}};
    const std::string text = output_of(options);
    return std::pair(text.find("fd 7 /memfd:passed") != text.npos, text.find("fd 9 /memfd:passed") != text.npos);
  };
  CHECK(has({}) == std::pair(true, true));
  CHECK(has({"--descriptors", "9"}) == std::pair(false, true));
  CHECK(has({"--descriptors", "none"}) == std::pair(false, false));
}

TEST_CASE("lastcall closes its copy of what it passed on, so the reader of a pipe sees the end with the child (P49)") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  Fd reading(ends[0]), writing(ends[1]);
  RunOptions options = init(shell("exec 7>&-; echo closed; while :; do sleep 0.05; done"));
  options.spawn.descriptors = {{writing.get(), 7}};
  LastcallRun run(options);
  SHOW_LOG(run);
  writing.reset();
  REQUIRE(run.process().wait_line("^closed$"));
  CHECK(wait_for(reading.get(), POLLIN, Deadline::in(2s)) != 0);
  char byte;
  CHECK(::read(reading.get(), &byte, 1) == 0);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("sockets that systemd opened for lastcall are the child's without a proxy, with its own pid in LISTEN_PID (P57, G148)") {
  const Fd memory(::memfd_create("socket", MFD_CLOEXEC));
  // A manager knows the pid only after the fork; a shell that replaces itself does the same.
  const std::string program = "export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web NOTIFY_SOCKET=/nowhere WATCHDOG_USEC=1 WATCHDOG_PID=$$; exec ";
  const auto run_with = [&](const std::string& flags, const Words& child) {
    std::string command = lastcall_binary() + " " + flags + " --";
    for (const std::string& word : child) command += " " + word;
    Process process({.argv = shell(program + command), .descriptors = {{memory.get(), 3}}});
    const auto status = process.wait_exit();
    if (status != ExitStatus{false, 0}) MESSAGE(to_string(status), "\n", process.output());
    return process.out().text();
  };
  CHECK(run_with("--no-proxy", spawn_child({"socket-activated"})) == "ours 1 web open\n");
  CHECK(run_with("--no-proxy --log-level off", {"env"}).find("NOTIFY_SOCKET") == std::string::npos);
  const std::string passed = run_with("--no-proxy --env-systemd", {"sh", "-c", "'echo pid $$; env'"});
  const std::string pid = line_of(passed, "pid ").substr(4);
  for (const std::string& line : {"LISTEN_PID=" + pid, "WATCHDOG_PID=" + pid, std::string("NOTIFY_SOCKET=/nowhere")}) {
    CAPTURE(line);
    CHECK(passed.find(line + "\n") != passed.npos);
  }
}

TEST_CASE("with a proxy neither systemd's variables nor its sockets reach the child; other descriptors do (G148, decision 13)") {
  const Fd memory(::memfd_create("socket", MFD_CLOEXEC)), other(::memfd_create("other", MFD_CLOEXEC));
  const FreePort port;
  std::string program = "export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=a:b; exec " + lastcall_binary() + " --listen " + port.address() + " --";
  for (const std::string& word : tiny({"state"})) program += " " + word;
  Process process({.argv = shell(program), .descriptors = {{memory.get(), 3}, {memory.get(), 4}, {other.get(), 7}}});
  CHECK_MESSAGE((process.wait_exit() == ExitStatus{false, 0}), process.output());
  const std::string seen = process.out().text();
  CHECK(seen.find("memfd:other") != seen.npos);
  CHECK_MESSAGE(seen.find("memfd:socket") == seen.npos, seen);
  CHECK(seen.find("LISTEN_") == seen.npos);
}

TEST_CASE("a child of another user binds {socket}, and the worker, a third one, reaches it (G148, decision 14)") {
  if (not_root()) return;
  Words child = tiny({"serve", "--unix", "{socket}"});
  LastcallRun run({.flags = {"--user", "daemon"}, .child = child});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/").response.status == 200);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("uid 1000, no capabilities, no_new_privs, everything read-only, /tmp and /run too: an init and a proxy all the same (P61)") {
  if (not_root()) return;
  const std::string poor = "mount -o remount,bind,ro / && for d in /tmp /run /dev/shm; do mount --bind $d $d && "
                           "mount -o remount,bind,ro $d || exit 99; done; exec setpriv --reuid 1000 --regid 1000 --clear-groups "
                           "--bounding-set -all --inh-caps -all --no-new-privs -- \"$@\"";
  const auto poorly = [&](Words command) {
    Words words{"unshare", "--mount", "--", "sh", "-c", poor, "sh"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
  };
  Process alone({.argv = poorly({lastcall_binary(), "--no-proxy", "--", "sh", "-c", "id -u; exit 5"})});
  CHECK_MESSAGE((alone.wait_exit() == ExitStatus{false, 5}), alone.output());
  CHECK(alone.out().text() == "1000\n");

  FreePort port;
  Words words{lastcall_binary(), "--log-format", "json", "--listen", port.address(), "--grace", "5s", "--"};
  for (const std::string& word : tiny_server()) words.push_back(word);
  Process proxied({.argv = poorly(words)});
  REQUIRE_MESSAGE(proxied.wait_line("\"ready\""), proxied.output());
  CHECK(fetch(port.number(), "/").response.status == 200);
  proxied.signal(SIGTERM);
  CHECK_MESSAGE((proxied.wait_exit() == ExitStatus{false, 0}), proxied.output());
  CHECK(leftovers().empty());
}
