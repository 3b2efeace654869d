// One small program with every manner that a child can have. `tiny_child COMMAND ...`; each command says what it does where it stands.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tiny_server.h"

extern char** environ;

namespace {

using Arguments = std::vector<std::string>;

int g_exit_on_term = -1;

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(1, text.data(), text.size()) < 0) ::_exit(113);
}

void on_signal(int number) {
  char text[32];
  const int size = ::snprintf(text, sizeof text, "signal %d\n", number);
  if (::write(1, text, static_cast<size_t>(size)) < 0) ::_exit(113);
  if (number == SIGTERM && g_exit_on_term >= 0) ::_exit(g_exit_on_term);
}

void handle(int number) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigfillset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

// A process in a session of its own that lives until it is told to go. quiet: dies of a signal; polite: says so first; stubborn: ignores
// TERM and INT. Returns once the stray has its manner.
void start_stray(const std::string& manner) {
  int ready[2];
  if (::pipe(ready) != 0) ::_exit(113);
  const int pid = ::fork();
  if (pid != 0) {
    char byte;
    ::close(ready[1]);
    if (::read(ready[0], &byte, 1) != 0) ::_exit(113);  // its end: the stray has closed it
    ::close(ready[0]);
    say("stray " + std::to_string(pid));
    return;
  }
  ::setsid();
  if (manner == "stubborn") {
    ::signal(SIGTERM, SIG_IGN);
    ::signal(SIGINT, SIG_IGN);
  } else if (manner == "polite") {
    g_exit_on_term = 0;
    handle(SIGTERM);
  }
  ::close(ready[0]);
  ::close(ready[1]);
  for (;;) ::pause();
}

// serve: the HTTP server; see tiny_server.h.
int serve(const Arguments& arguments) {
  tiny::ServerOptions options;
  bool stop_self = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& flag = arguments[i];
    const auto value = [&] { return i + 1 < arguments.size() ? arguments[++i] : std::string(); };
    if (flag == "--port") options.port = ::atoi(value().c_str());
    if (flag == "--unix") options.unix_path = value();
    if (flag == "--no-listen") options.listen = false;
    if (flag == "--listen-delay") options.listen_delay_ms = ::atoi(value().c_str());
    if (flag == "--backlog") options.backlog = ::atoi(value().c_str());
    if (flag == "--journal") options.journal = value();
    if (flag == "--idle-close") options.idle_close_ms = ::atoi(value().c_str());
    if (flag == "--ignore-term") ::signal(SIGTERM, SIG_IGN);
    if (flag == "--log-term") handle(SIGTERM);  // says "signal 15" each time and lives on
    if (flag == "--log-hup") handle(SIGHUP);
    if (flag == "--stray") start_stray(value());
    if (flag == "--exit-on-term") {
      g_exit_on_term = ::atoi(value().c_str());
      handle(SIGTERM);
    }
    if (flag == "--stop-self") stop_self = true;
  }
  if (stop_self && ::fork() == 0) {  // once the parent is ready: its helper stops it
    ::poll(nullptr, 0, 300);
    ::kill(::getppid(), SIGSTOP);
    say("stopped");
    ::_exit(0);
  }
  return tiny::serve(options);
}

// leave MANNER CODE: leaves a stray behind and exits.
int leave(const Arguments& arguments) {
  start_stray(arguments.at(0));
  return ::atoi(arguments.at(1).c_str());
}

// die NUMBER: of that signal.
int die(const Arguments& arguments) {
  const int number = ::atoi(arguments.at(0).c_str());
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(number, SIG_DFL);
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_UNBLOCK, &all, nullptr);
  ::kill(::getpid(), number);
  for (;;) ::pause();
}

// signals: says each signal that it gets, until TERM (exit 0). HUP, INT, USR1, USR2, WINCH, CONT, QUIT and two real-time ones.
int signals(const Arguments&) {
  g_exit_on_term = 0;
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT, SIGRTMIN, SIGRTMIN + 1, SIGTERM}) handle(number);
  say("ready");
  for (;;) ::pause();
}

// wait: until TERM, which kills it.
int wait_forever(const Arguments&) {
  say("waiting");
  for (;;) ::pause();
}

bool exists(int pid) { return ::access(("/proc/" + std::to_string(pid)).c_str(), F_OK) == 0; }

// orphans N: N grandchildren lose their parent and exit together; says how many of them are still unreaped after up to 5 s.
int orphans(const Arguments& arguments) {
  const int wanted = ::atoi(arguments.at(0).c_str());
  int gate[2], numbers[2];
  if (::pipe(gate) != 0 || ::pipe(numbers) != 0) return 1;
  const int middle = ::fork();
  if (middle == 0) {
    ::close(gate[1]);
    for (int i = 0; i < wanted; ++i) {
      const int pid = ::fork();
      if (pid == 0) {
        char byte;
        if (::read(gate[0], &byte, 1) < 0) ::_exit(1);
        ::_exit(0);
      }
      if (::write(numbers[1], &pid, sizeof pid) < 0) ::_exit(1);
    }
    ::_exit(0);
  }
  ::waitpid(middle, nullptr, 0);
  std::vector<int> pids(static_cast<std::size_t>(wanted));
  for (int& pid : pids) {
    if (::read(numbers[0], &pid, sizeof pid) < 0) return 1;
  }
  ::close(gate[1]);
  int left = wanted;
  for (int tries = 0; tries < 500 && left > 0; ++tries) {
    ::poll(nullptr, 0, 10);
    left = 0;
    for (const int pid : pids) left += exists(pid) ? 1 : 0;
  }
  say("unreaped " + std::to_string(left));
  return left == 0 ? 0 : 1;
}

// adopted: says whose child a grandchild becomes when its parent has gone.
int adopted(const Arguments&) {
  int pair[2];
  if (::pipe(pair) != 0) return 1;
  const int middle = ::fork();
  if (middle == 0) {
    const int parent = ::getpid();
    if (::fork() == 0) {
      while (::getppid() == parent) ::poll(nullptr, 0, 1);
      const int owner = ::getppid();
      if (::write(pair[1], &owner, sizeof owner) < 0) ::_exit(1);
    }
    ::_exit(0);
  }
  ::waitpid(middle, nullptr, 0);
  int owner = 0;
  if (::read(pair[0], &owner, sizeof owner) < 0) return 1;
  say("adopted by " + std::to_string(owner) + ", my parent is " + std::to_string(::getppid()));
  return 0;
}

void say_status() {
  FILE* status = ::fopen("/proc/self/status", "re");
  char line[512];
  while (status != nullptr && ::fgets(line, sizeof line, status) != nullptr) {
    if (::strncmp(line, "Sig", 3) == 0) ::fputs(line, stdout);
  }
}

void say_descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  while (const dirent* entry = directory != nullptr ? ::readdir(directory) : nullptr) {
    const int fd = ::atoi(entry->d_name);
    if (entry->d_name[0] == '.' || fd == ::dirfd(directory)) continue;
    char target[256];
    const ssize_t size = ::readlink(("/proc/self/fd/" + std::string(entry->d_name)).c_str(), target, sizeof target - 1);
    target[size > 0 ? size : 0] = '\0';
    ::printf("fd %d %s flags %o\n", fd, target, static_cast<unsigned>(::fcntl(fd, F_GETFL)));
  }
  ::closedir(directory);
}

// state: what the process was born with, one fact a line.
int state(const Arguments& arguments) {
  say_descriptors();  // before stdio opens anything
  say_status();
  for (const std::string& argument : arguments) ::printf("argument [%s]\n", argument.c_str());
  for (char** entry = environ; *entry != nullptr; ++entry) ::printf("variable [%s]\n", *entry);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  ::printf("nofile %lu %lu\n", static_cast<unsigned long>(files.rlim_cur), static_cast<unsigned long>(files.rlim_max));
  const mode_t mask = ::umask(0);
  char directory[4096];
  ::printf("umask %03o\ndirectory %s\n", mask, ::getcwd(directory, sizeof directory));
  int death_signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &death_signal);
  ::printf("death signal %d\npid %d parent %d group %d session %d\nend\n", death_signal, ::getpid(), ::getppid(), ::getpgrp(), ::getsid(0));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argv + (argc > 2 ? 2 : argc), argv + argc);
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "serve") return serve(arguments);
  if (command == "exit") return ::atoi(arguments.at(0).c_str());
  if (command == "die") return die(arguments);
  if (command == "signals") return signals(arguments);
  if (command == "wait") return wait_forever(arguments);
  if (command == "leave") return leave(arguments);
  if (command == "orphans") return orphans(arguments);
  if (command == "adopted") return adopted(arguments);
  if (command == "state") return state(arguments);
  ::fprintf(stderr, "tiny_child: unknown command '%s'\n", command.c_str());
  return 64;
}
