#include "support/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <regex>
#include <set>

extern char** environ;

namespace lastcall::test {
namespace {

constexpr Milliseconds kAskAgain{10};

std::set<int>& known_pids() {
  static std::set<int> pids;
  return pids;
}

std::vector<std::string> environment_of(const SpawnOptions& options) {
  if (options.whole_environment) return *options.whole_environment;
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (name.rfind("LASTCALL", 0) != 0 && !options.environment.contains(name)) result.push_back(text);
  }
  for (const auto& [name, value] : options.environment) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// In the child: only async-signal-safe calls. A failure is seen by the test as exit 111.
void arrange_child(const SpawnOptions& options, int out, int err) {
  ::setsid();
  // What this program inherited is not what the test wants to hand on.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  if (options.terminal >= 0) {
    ::ioctl(options.terminal, TIOCSCTTY, 0);
    for (int fd = 0; fd < 3; ++fd) ::dup2(options.terminal, fd);
  } else {
    const int input = options.input >= 0 ? options.input : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(input, 0);
    ::dup2(out, 1);
    ::dup2(err, 2);
  }
  for (const auto& [ours, theirs] : options.descriptors) {
    if (ours == theirs) {
      ::fcntl(ours, F_SETFD, 0);
    } else {
      ::dup2(ours, theirs);
    }
  }
  for (const int fd : options.closed) ::close(fd);
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(111);
  if (options.before_exec) options.before_exec();
}

std::pair<Fd, Fd> make_pipe() {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "pipe2");
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);  // a child that prints while nobody looks must not stop
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

Process::Process(const SpawnOptions& options) : pid_namespace_(options.pid_namespace) {
  become_subreaper();
  std::vector<std::string> argv = options.argv;
  if (pid_namespace_) argv.insert(argv.begin(), {"unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"});
  std::vector<std::string> environment = environment_of(options);
  const std::vector<char*> arguments = pointers(argv);
  const std::vector<char*> variables = pointers(environment);
  auto [out_read, out_write] = make_pipe();
  auto [err_read, err_write] = make_pipe();

  pid_ = check(::fork(), "fork");
  if (pid_ == 0) {
    arrange_child(options, out_write.get(), err_write.get());
    ::execvpe(arguments[0], arguments.data(), variables.data());
    ::_exit(111);
  }
  known_pids().insert(pid_);
  pidfd_ = Fd(check(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
  out_ = Lines(std::move(out_read));
  err_ = Lines(std::move(err_read));
}

Process::~Process() {
  std::vector<int> below{pid_};
  for (const ProcessInfo& info : descendants(pid_)) below.push_back(info.pid);
  if (!status_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
  wait_exit();
  known_pids().erase(pid_);
  for (const ProcessInfo& info : leftovers()) ::kill(info.pid, SIGKILL);
  wait_until_gone(below, Deadline::in(kPatience));
  leftovers();  // reaps
}

int Process::target() const {
  if (!pid_namespace_) return pid_;
  for (const ProcessInfo& info : descendants(pid_)) {
    if (info.parent == pid_) return info.pid;
  }
  fail("unshare has no child yet: wait for a line of output first");
}

void Process::signal(int number) const {
  if (!pid_namespace_) {
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
  } else {
    ::kill(target(), number);
  }
}

bool Process::pump(const Deadline& deadline) {
  if (!out_.open() && !err_.open()) return false;
  pollfd entries[2] = {{out_.fd(), POLLIN, 0}, {err_.fd(), POLLIN, 0}};  // poll passes over the number -1
  if (::poll(entries, 2, deadline.remaining_ms()) <= 0) return !deadline.passed();
  out_.pump();
  err_.pump();
  return true;
}

bool Process::wait_until(const std::function<bool()>& done, Milliseconds wait) {
  const Deadline deadline = Deadline::in(wait);
  out_.pump();
  err_.pump();
  while (!done()) {
    pump(Deadline::in(std::min(kAskAgain, Milliseconds(deadline.remaining_ms()))));
    if (deadline.passed() || (!out_.open() && !err_.open())) return done();
  }
  return true;
}

std::optional<std::string> Process::wait_line(const std::string& expression, Milliseconds wait, int skip) {
  const std::regex pattern(expression);
  std::optional<std::string> found;
  const auto search = [&] {
    int left = skip;
    for (const Lines* lines : {&out_, &err_}) {
      for (const std::string& line : lines->all()) {
        if (std::regex_search(line, pattern) && left-- == 0) {
          found = line;
          return true;
        }
      }
    }
    return false;
  };
  wait_until(search, wait);
  return found;
}

std::optional<ExitStatus> Process::wait_exit(Milliseconds wait) {
  const Deadline deadline = Deadline::in(wait);
  while (!status_) {
    pollfd entries[3] = {{pidfd_.get(), POLLIN, 0}, {out_.fd(), POLLIN, 0}, {err_.fd(), POLLIN, 0}};
    const int ready = ::poll(entries, 3, deadline.remaining_ms());
    out_.pump();
    err_.pump();
    if (entries[0].revents != 0) {
      siginfo_t info{};
      check(::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED), "waitid");
      status_ = ExitStatus{info.si_code != CLD_EXITED, info.si_status};
    } else if (ready <= 0 && deadline.passed()) {
      return std::nullopt;
    }
  }
  out_.pump();
  err_.pump();
  return status_;
}

std::string to_string(const std::optional<ExitStatus>& status) {
  if (!status) return "still running";
  return (status->by_signal ? "signal " : "exit ") + std::to_string(status->value);
}

std::vector<ProcessInfo> leftovers() {
  std::vector<ProcessInfo> found;
  std::set<int> ours(known_pids());
  for (const ProcessInfo& info : descendants(::getpid())) {
    if (ours.contains(info.parent) || ours.contains(info.pid)) {
      ours.insert(info.pid);  // below a Process that still has its owner; descendants() lists parents first
    } else if (info.living()) {
      found.push_back(info);
    } else if (info.parent == ::getpid()) {
      ::waitpid(info.pid, nullptr, WNOHANG);
    }
  }
  return found;
}

bool is_root() { return ::geteuid() == 0; }

}  // namespace lastcall::test
