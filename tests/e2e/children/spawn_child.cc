// The child of the spawn tests: `spawn_child COMMAND ...`; each command shows one thing that an init has to get right.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace {

using Arguments = std::vector<std::string>;

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(1, text.data(), text.size()) < 0) ::_exit(113);
}

[[noreturn]] void wait_forever() {
  for (;;) ::pause();
}

void pause_ms(int ms) { ::poll(nullptr, 0, ms); }

void on_signal(int number, siginfo_t* info, void*) {
  char text[64];
  const int size = ::snprintf(text, sizeof text, "signal %d value %d\n", number, info->si_code == SI_QUEUE ? info->si_value.sival_int : -1);
  if (::write(1, text, static_cast<size_t>(size)) < 0) ::_exit(113);
  if (number == SIGTERM) ::_exit(0);
}

// signals: says every signal that can be caught, with its payload, until TERM (exit 0).
int signals(const Arguments&) {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO;
  ::sigfillset(&action.sa_mask);
  for (int number = 1; number <= SIGRTMAX; ++number) ::sigaction(number, &action, nullptr);
  say("ready");
  wait_forever();
}

void* end_later(void*) {
  pause_ms(400);
  ::_exit(7);
}

// leader-exits: the first thread ends, another one ends the process 0.4 s later with code 7. In between the process shows up as a zombie.
int leader_exits(const Arguments&) {
  pthread_t other;
  if (::pthread_create(&other, nullptr, end_later, nullptr) != 0) return 1;
  say("leaving");
  ::pthread_exit(nullptr);
}

// stop-and-go: a helper stops and continues the process twenty times; then it says so and waits for TERM.
int stop_and_go(const Arguments&) {
  const int us = ::getpid();
  const int helper = ::fork();
  if (helper == 0) {
    for (int i = 0; i < 20; ++i) {
      ::kill(us, SIGSTOP);
      pause_ms(5);
      ::kill(us, SIGCONT);
      pause_ms(5);
    }
    ::_exit(0);
  }
  while (::waitpid(helper, nullptr, 0) < 0) {
  }
  say("over");
  wait_forever();
}

// traced: a child of ours traces us while we go on, as gdb does; then it says so and waits for TERM.
int traced(const Arguments&) {
  const int us = ::getpid();
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  const int tracer = ::fork();
  if (tracer == 0) {
    if (::ptrace(PTRACE_ATTACH, us, nullptr, nullptr) != 0) ::_exit(1);
    ::waitpid(us, nullptr, 0);
    ::ptrace(PTRACE_CONT, us, nullptr, nullptr);
    pause_ms(100);
    ::kill(us, SIGUSR1);  // a stop that only the tracer sees
    ::waitpid(us, nullptr, 0);
    ::ptrace(PTRACE_DETACH, us, nullptr, nullptr);
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(tracer, &status, 0) < 0) {
  }
  say(status == 0 ? "over" : "not traced");
  wait_forever();
}

// hold-output: leaves a grandchild behind that holds our output for ever and ignores what it can; exits with 4.
int hold_output(const Arguments&) {
  if (::fork() == 0) {
    ::setsid();
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
    say("holding");
    wait_forever();
  }
  pause_ms(100);
  return 4;
}

// stages: says TERM, INT and QUIT and lives on.
int stages(const Arguments&) {
  struct sigaction action {};
  action.sa_handler = [](int number) {
    char text[32];
    const int size = ::snprintf(text, sizeof text, "signal %d\n", number);
    if (::write(1, text, static_cast<size_t>(size)) < 0) ::_exit(113);
  };
  ::sigfillset(&action.sa_mask);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGUSR1}) ::sigaction(number, &action, nullptr);
  say("ready");
  wait_forever();
}

// family: three generations, each in a session of its own, the youngest forking on and on; all ignore TERM.
int family(const Arguments&) {
  ::signal(SIGTERM, SIG_IGN);
  for (int generation = 0; generation < 3; ++generation) {
    if (::fork() != 0) {
      if (generation == 0) say("family");
      wait_forever();
    }
    ::setsid();
  }
  for (;;) {
    if (::fork() == 0) {
      ::setsid();
      pause_ms(300);
      ::_exit(0);
    }
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    pause_ms(10);
  }
}

// socket-activated: what sd_listen_fds() would make of it.
int socket_activated(const Arguments&) {
  const char* pid = ::getenv("LISTEN_PID");
  const char* count = ::getenv("LISTEN_FDS");
  const char* names = ::getenv("LISTEN_FDNAMES");
  const bool ours = pid != nullptr && ::atoi(pid) == ::getpid();
  say(std::string(ours ? "ours" : "not ours") + " " + (count ? count : "-") + " " + (names ? names : "-") + " " +
      (::fcntl(3, F_GETFD) >= 0 ? "open" : "closed"));
  return ours ? 0 : 1;
}

void write_all(int fd, const std::string& text) {
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t size = ::write(fd, text.data() + at, text.size() - at);
    if (size < 0) ::_exit(113);
    at += static_cast<size_t>(size);
  }
}

// flood COUNT: so many numbered lines as fast as they go, the last one without its newline; exits with 6.
int flood(const Arguments& arguments) {
  const long count = ::atol(arguments.at(0).c_str());
  std::string some;
  for (long i = 0; i < count; ++i) {
    char line[128];
    const int size = ::snprintf(line, sizeof line, "%09ld %.*s\n", i, static_cast<int>(i % 90),
                                "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm");
    some.append(line, static_cast<size_t>(size - (i + 1 == count ? 1 : 0)));
    if (some.size() < 30000 && i + 1 < count) continue;
    write_all(1, some);
    some.clear();
  }
  return 6;
}

// both COUNT WIDTH: lines of a on standard output, and of b on standard error from another process, at the same time.
int both(const Arguments& arguments) {
  const int pid = ::fork();
  const std::string line(::strtoul(arguments.at(1).c_str(), nullptr, 10), pid == 0 ? 'b' : 'a');
  for (int i = ::atoi(arguments.at(0).c_str()); i > 0; --i) write_all(pid == 0 ? 2 : 1, line + "\n");
  if (pid == 0) ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return 0;
}

// now: says that it runs and exits at once; for measuring how long that took.
int now(const Arguments&) {
  say("now");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argv + (argc > 2 ? 2 : argc), argv + argc);
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "signals") return signals(arguments);
  if (command == "leader-exits") return leader_exits(arguments);
  if (command == "stop-and-go") return stop_and_go(arguments);
  if (command == "traced") return traced(arguments);
  if (command == "hold-output") return hold_output(arguments);
  if (command == "stages") return stages(arguments);
  if (command == "family") return family(arguments);
  if (command == "socket-activated") return socket_activated(arguments);
  if (command == "flood") return flood(arguments);
  if (command == "both") return both(arguments);
  if (command == "now") return now(arguments);
  ::fprintf(stderr, "spawn_child: unknown command '%s'\n", command.c_str());
  return 64;
}
