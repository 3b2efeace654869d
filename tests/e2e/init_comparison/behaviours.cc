// What an init may be asked to do, each as a small scene with real processes. An answer that depends on luck is not in here.
#include <fcntl.h>
#include <sys/mman.h>

#include <csignal>

#include "inits.h"
#include "support/pty.h"
#include "support/temp_dir.h"

namespace lastcall::test {
namespace {

constexpr Milliseconds kLong = 4s;  // an init that has not done it by then never will

std::string yes_if(bool condition) { return condition ? "yes" : "no"; }

Words shell(const std::string& program) { return {"sh", "-c", program}; }

SpawnOptions start(const Words& init, const Words& child) { return {.argv = under(init, child)}; }

std::string code_of(const SpawnOptions& options) {
  Process process(options);
  const auto status = process.wait_exit(kLong);
  if (!status) return "hangs";
  return std::to_string(status->value);
}

std::string code_of(const Init& init, const Words& child) { return code_of(start(init.command, child)); }

std::string not_executable(const Init& init) {
  TempDir directory;
  return code_of(init, {directory.write("plain", "#!/bin/sh\n")});
}

std::string through_a_file(const Init& init) {
  TempDir directory;
  return code_of(init, {directory.write("file", "") + "/below"});
}

std::string sigchld_ignored(const Init& init) {
  SpawnOptions options = start(init.command, tiny_child({"exit", "9"}));
  options.before_exec = [] { ::signal(SIGCHLD, SIG_IGN); };
  return yes_if(code_of(options) == "9");
}

std::string orphans(const Init& init, bool pid1) {
  SpawnOptions options = start(init.command, tiny_child({"orphans", "40"}));
  options.pid_namespace = pid1;
  Process process(options);
  if (!pid1) {
    // Without being adopted the orphans go to this program, which would reap them; so who adopts is what counts.
    Process adopted(start(init.command, tiny_child({"adopted"})));
    const auto line = adopted.wait_line("^adopted by", kLong);
    return yes_if(line && line->starts_with("adopted by " + std::to_string(adopted.pid()) + ","));
  }
  const auto line = process.wait_line("^unreaped", 10s);
  return yes_if(line == "unreaped 0");
}

std::string real_time(const Init& init, bool payload) {
  Process process(start(init.command, spawn_child({"signals"})));
  if (!process.wait_line("^ready$", kLong)) return "did not start";
  process.signal(SIGSTOP);
  for (int value = 1000; value < 1010; ++value) ::sigqueue(process.pid(), SIGRTMIN + 1, {.sival_int = value});
  process.signal(SIGCONT);
  int heard = 0, with_payload = 0;
  process.wait_until([&] {
    heard = with_payload = 0;
    for (const std::string& line : process.out().all()) {
      heard += line.starts_with("signal " + std::to_string(SIGRTMIN + 1) + " ") ? 1 : 0;
      with_payload += line.find("value 10") != std::string::npos ? 1 : 0;
    }
    return heard == 10;
  }, 2s);
  return yes_if(payload ? with_payload == 10 : heard == 10);
}

std::string rewrites(const Init& init) {
  if (!init.rewrite) return "no";
  Process process(start(*init.rewrite, spawn_child({"stages"})));
  if (!process.wait_line("^ready$", kLong)) return "did not start";
  process.signal(SIGTERM);
  return yes_if(process.wait_line("^signal 10$", kLong).has_value());
}

std::string remaps(const Init& init) {
  return yes_if(init.remap && code_of(start(*init.remap, tiny_child({"exit", "143"}))) == "0");
}

// Its code after a TERM, or what it does instead.
std::string code_after_term(const Init& init, const Words& child, const std::string& ready, bool pid1 = false) {
  SpawnOptions options = start(init.command, child);
  options.pid_namespace = pid1;
  Process process(options);
  if (!process.wait_line(ready, kLong)) return "did not start";
  process.signal(SIGTERM);
  const auto status = process.wait_exit(kLong);
  return status ? std::to_string(status->value) : "hangs";
}

std::string stopped_child(const Init& init) {
  Process process(start(init.command, tiny_child({"wait"})));
  if (!process.wait_line("^waiting$", kLong)) return "did not start";
  const std::vector<ProcessInfo> below = descendants(process.pid());
  if (below.size() != 1) return "has more than one child";
  ::kill(below.front().pid, SIGSTOP);
  const Deadline deadline = Deadline::in(kLong);
  while (!process_status(below.front().pid, "State").starts_with("T") && !deadline.passed()) wait_for(-1, 0, Deadline::in(2ms));
  process.signal(SIGTERM);
  return yes_if(process.wait_exit(kLong).has_value());
}

std::string ignores_term(const Init& init) {
  return yes_if(code_after_term(init, tiny_child({"serve", "--no-listen", "--ignore-term"}), "^not listening$") == "137");
}

std::string told_as_pid1(const Init& init) {
  SpawnOptions options = start(init.command, tiny_child({"leave", "polite", "5"}));
  options.pid_namespace = true;
  Process process(options);
  process.wait_exit(kLong);
  return yes_if(process.output().find("signal 15") != std::string::npos);
}

std::string stubborn_stray(const Init& init) {
  Process process(start(init.command, tiny_child({"serve", "--no-listen", "--stray", "stubborn"})));
  const auto line = process.wait_line("^stray ", kLong);
  if (!line || !process.wait_line("^not listening$", kLong)) return "did not start";
  process.signal(SIGTERM);
  process.wait_exit(kLong);
  return yes_if(!is_living(std::stoi(line->substr(6))));
}

std::string dies_with_init(const Init& init) {
  Process process(start(init.command, tiny_child({"wait"})));
  if (!process.wait_line("^waiting$", kLong)) return "did not start";
  std::vector<int> child;
  for (const ProcessInfo& info : descendants(process.pid())) child.push_back(info.pid);
  process.signal(SIGKILL);
  process.wait_exit(kLong);
  return yes_if(wait_until_gone(child, Deadline::in(1s)));
}

std::string signal_state(const Init& init, const std::string& field, const std::function<void()>& before, int number, bool alone) {
  SpawnOptions options = start(init.command, {"cat", "/proc/self/status"});
  options.before_exec = before;
  Process process(options);
  process.wait_exit(kLong);
  const std::string text = process.out().text();
  const std::size_t at = text.find(field + ":\t");
  if (at == std::string::npos) return "did not start";
  const auto mask = std::stoull(text.substr(at + field.size() + 2, 16), nullptr, 16);
  const auto bit = 1ULL << (number - 1);
  return yes_if(alone ? mask == bit : (mask & bit) != 0);
}

std::string closed_streams(const Init& init) {
  SpawnOptions options = start(init.command, tiny_child({"exit", "5"}));
  options.closed = {0, 1, 2};
  return yes_if(code_of(options) == "5");
}

std::string listen_pid(const Init& init) {
  const Fd memory(::memfd_create("socket", MFD_CLOEXEC));
  std::string program = "export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web; exec";
  for (const std::string& word : under(init.command, spawn_child({"socket-activated"}))) program += " " + word;
  Process process({.argv = shell(program), .descriptors = {{memory.get(), 3}}});
  process.wait_exit(kLong);
  return yes_if(process.out().text() == "ours 1 web open\n");
}

// An interactive shell and what one types; the last word that is looked for is never in the echo.
struct Person {
  Pty pty;
  Process process;
  explicit Person()
      : process([this] {
          SpawnOptions spawn{.argv = {"bash", "--norc", "--noprofile", "-i"}};
          spawn.terminal = pty.slave();
          spawn.environment = {{"PS1", "$ "}, {"TERM", "dumb"}, {"HISTFILE", ""}};
          return spawn;
        }()) {
    pty.close_slave();
    pty.wait_text("$ ");
  }
  ~Person() {
    for (const ProcessInfo& info : descendants(process.pid())) ::kill(info.pid, SIGKILL);
  }
  void type(const std::string& line) {
    for (const char key : line + "\r") pty.type(key);
  }
  bool shell_answers() {
    type("echo alive-$((40+2))");
    return pty.wait_text("alive-42", 0, 3s) != std::string::npos;
  }
};

std::string typed(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += "'" + word + "' ";
  return text;
}

std::string background(const Init& init) {
  Person person;
  person.type(typed(under(init.command, tiny_child({"wait"}))) + "&");
  if (person.pty.wait_text("waiting", 0, kLong) == std::string::npos) return "did not start";
  return yes_if(person.shell_answers() && person.pty.foreground_group() == person.process.pid());
}

std::string ctrl_z(const Init& init) {
  Person person;
  person.type(typed(under(init.command, tiny_child({"wait"}))));
  if (person.pty.wait_text("waiting", 0, kLong) == std::string::npos) return "did not start";
  person.pty.type(kCtrlZ);
  return yes_if(person.pty.wait_text("Stopped", 0, 3s) != std::string::npos && person.shell_answers());
}

std::string sleeps(const Init& init) {
  Process process(start(init.command, tiny_child({"wait"})));
  if (!process.wait_line("^waiting$", kLong)) return "did not start";
  const auto switches = [&] { return process_status(process.pid(), "voluntary_ctxt_switches"); };
  process.wait_line("never", 500ms);
  const std::string before = switches();
  process.wait_line("never", 2500ms);
  return yes_if(switches() == before);
}

void ignore_hangup() { ::signal(SIGHUP, SIG_IGN); }
void block_user_signal() {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

}  // namespace

const std::vector<Behaviour>& behaviours() {
  static const std::vector<Behaviour> all{
      {"P1", "The child's exit code 7 comes out", [](const Init& init) { return yes_if(code_of(init, tiny_child({"exit", "7"})) == "7"); }},
      {"P2", "A child killed by signal 9 is 137", [](const Init& init) { return yes_if(code_of(init, tiny_child({"die", "9"})) == "137"); }},
      {"P4", "Exit code for a command that does not exist", [](const Init& init) { return code_of(init, {"/no/such/command"}); }},
      {"P5", "Exit code for a file that is not executable", not_executable},
      {"P6", "Exit code for a path that leads through a file", through_a_file},
      {"P10", "One exit code can be replaced by another", remaps},
      {"P11", "Exit code after a TERM of which the child dies",
       [](const Init& init) { return code_after_term(init, tiny_child({"wait"}), "^waiting$"); }},
      {"P14", "Works where the parent ignores SIGCHLD", sigchld_ignored},
      {"P17", "Reaps orphans as PID 1", [](const Init& init) { return orphans(init, true); }},
      {"P18", "Adopts orphans elsewhere, without a flag", [](const Init& init) { return orphans(init, false); }},
      {"P32", "Forwards ten queued real-time signals as ten", [](const Init& init) { return real_time(init, false); }},
      {"P32", "... and keeps their payload", [](const Init& init) { return real_time(init, true); }},
      {"P36", "One signal can be rewritten to another", rewrites},
      {"P41", "kill -9 of the init takes the child along", dies_with_init},
      {"P43", "A stopped child (SIGSTOP) ends on TERM", stopped_child},
      {"P45", "The child inherits the blocked signals, no more and no fewer",
       [](const Init& init) { return signal_state(init, "SigBlk", block_user_signal, SIGUSR1, true); }},
      {"P46", "nohup works: ignored signals stay ignored",
       [](const Init& init) { return signal_state(init, "SigIgn", ignore_hangup, SIGHUP, false); }},
      {"P50", "Starts with 0, 1 and 2 closed", closed_streams},
      {"P57", "Socket activation reaches the child (LISTEN_PID)", listen_pid},
      {"P69", "A child that ignores TERM is killed in time", ignores_term},
      {"P70", "A stray in a session of its own that ignores TERM does not survive", stubborn_stray},
      {"P71", "What the child leaves behind gets TERM before the kernel's KILL", told_as_pid1},
      {"P83", "Started with & it never takes the terminal", background},
      {"P84", "Ctrl-Z gives the shell back", ctrl_z},
      {"P89", "Sleeps while idle", sleeps},
  };
  return all;
}

}  // namespace lastcall::test
