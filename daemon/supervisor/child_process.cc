#include "supervisor/child_process.h"

#include <csignal>

#include <algorithm>

#include "os/pidfd.h"
#include "os/terminal.h"

namespace lastcall::supervisor {
namespace {

// The last of the tree is always our own child, whose end SIGCHLD tells at once. The timer is for where that does not hold: no /proc, no
// subreaper, or a process that forked while it was killed.
constexpr Duration kLookAgain = milliseconds(100);

}  // namespace

ChildProcess::ChildProcess(io::Loop& loop, ProcessTable& processes, os::SpawnRequest request, const std::string& mark,
                           Owner& owner)
    : processes_(processes),
      request_(std::move(request)),
      kin_(mark),
      owner_(owner),
      look_again_(loop, [this] {
        if (killing_) os::signal_all(tree(), SIGKILL);
        look_for_rest();
      }) {}

std::optional<os::SpawnFailure> ChildProcess::start() {
  processes_.note_strangers();
  for (const os::Process& process : gone() ? std::vector<os::Process>() : os::descendants(tree())) processes_.disown(process);
  os::SpawnResult result = os::spawn(request_);
  if (!result) return std::move(result.failure);
  pid_ = result.child->pid;
  kin_.descend_from(pid_);
  exit_.reset();
  gone_ = killing_ = false;
  look_again_.disarm();
  pidfd_ = std::move(result.child->pidfd);
  watch_ = processes_.watch(pid_, ProcessTable::Side::child, [this](const os::ExitStatus& status) { on_end(status); });
  return std::nullopt;
}

os::TreeQuery ChildProcess::tree() const {
  os::TreeQuery query{.root = 0, .except = processes_.not_the_childs(), .group = pid_};
  if (owner_.other_copies_live()) query.narrow = [this](std::vector<os::Process>& found) { kin_.keep_own(found); };
  return query;
}

void ChildProcess::signal_main(int signal, std::optional<std::uint64_t> payload) {
  if (!running()) return;
  // Not reaped yet, so the number is still its own even where the kernel has no pidfd.
  (void)(pidfd_ ? os::send_signal(pidfd_.get(), signal, payload) : os::send_signal_to_pid(pid_, signal));
}

void ChildProcess::forward(int signal, std::optional<std::uint64_t> payload) { signal_main(signal, payload); }

bool ChildProcess::stop(int signal) {
  if (!running()) return false;
  // Once main is gone, its orphans are nobody's children any more.
  if (owner_.other_copies_live()) kin_.remember(os::descendants(tree()));
  signal_main(signal);
  signal_main(SIGCONT);  // a stopped process would never see the signal before (P43)
  return true;
}

std::size_t ChildProcess::signal_descendants() { return started() && !gone_ ? os::signal_all(tree(), SIGTERM, true) : 0; }

void ChildProcess::kill_all() {
  if (gone()) return;
  killing_ = true;
  signal_main(SIGKILL);
  os::signal_all(tree(), SIGKILL);
  look_again_.arm_after(kLookAgain);
}

void ChildProcess::suspend() {
  if (running()) (void)os::send_signal_to_group(pid_, SIGTSTP);
}

void ChildProcess::resume() {
  if (running()) (void)os::send_signal_to_group(pid_, SIGCONT);
}

void ChildProcess::on_end(const os::ExitStatus& status) {
  exit_ = status;
  pidfd_.reset();
  if (request_.foreground) os::take_back_foreground(pid_);  // meanwhile Ctrl-C is ours, and the next one can have it (P81)
  owner_.on_main_exited();
}

bool ChildProcess::anything_left() const {
  if (!os::proc_is_readable()) return os::send_signal_to_group(pid_, 0).ok();
  const auto rest = os::descendants(tree());
  return std::ranges::any_of(rest, [](const os::Process& process) { return process.state != 'Z'; });
}

void ChildProcess::look_for_rest() {
  if (!started() || running() || gone_) return;
  if (anything_left()) {
    look_again_.arm_after(kLookAgain);
    return;
  }
  look_again_.disarm();
  gone_ = true;
  owner_.on_nothing_left();
}

std::vector<os::Process> ChildProcess::survivors() const {
  std::vector<os::Process> all = os::descendants(tree());
  const bool main_is_listed = std::ranges::any_of(all, [this](const os::Process& process) { return process.pid == pid_; });
  // A traced process that has ended stays a zombie until its tracer has looked; it is nobody's descendant any more, but not reaped either.
  if (const auto main = os::read_process(pid_); running() && !main_is_listed && main) all.insert(all.begin(), *main);
  return all;
}

std::vector<int> ChildProcess::processes() const {
  std::vector<int> all;
  if (running()) all.push_back(pid_);
  for (const os::Process& process : os::descendants(tree()))
    if (process.pid != pid_) all.push_back(process.pid);
  return all;
}

}  // namespace lastcall::supervisor
