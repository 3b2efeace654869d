#include "supervisor/command_run.h"

#include <csignal>

#include <algorithm>

#include "config/child_environment.h"
#include "os/pidfd.h"
#include "os/pipe.h"
#include "os/process_tree.h"
#include "supervisor/kinship.h"

namespace lastcall::supervisor {
namespace {

os::SpawnFailure no_descriptors(const CommandRequest& request, const Error& error) {
  return {.error = error.code, .message = "cannot run " + request.spawn.argv[0] + ": " + error.message};
}

}  // namespace

std::string describe(const CommandResult& result) {
  switch (result.end) {
    case CommandResult::End::exited:
    case CommandResult::End::signaled:
      return os::describe({.signaled = result.end == CommandResult::End::signaled, .value = result.value});
    case CommandResult::End::timed_out: return "cut at its timeout";
    case CommandResult::End::not_started: return result.error;
  }
  return "";
}

CommandRun::CommandRun(io::Loop& loop, ProcessTable& processes, CommandRequest request, Callback callback)
    : loop_(loop),
      processes_(processes),
      request_(std::move(request)),
      callback_(std::move(callback)),
      timeout_(loop, [this] {
        if (pid_ == 0) return conclude(std::move(failed_));
        kill_all();
        conclude({.end = CommandResult::End::timed_out});
      }) {
  if (auto failure = start()) {
    failed_ = {.end = CommandResult::End::not_started, .value = failure->exit_code, .error = std::move(failure->message)};
    timeout_.arm_after(Duration::zero());
    return;
  }
  loop_.refresh();  // fork and exec took their time
  if (request_.timeout != kInfinite) timeout_.arm_after(request_.timeout);
}

CommandRun::~CommandRun() {
  kill_all();
  kill_strays();
}

std::optional<os::SpawnFailure> CommandRun::start() {
  auto null = os::open_null();
  if (!null) return no_descriptors(request_, null.error());
  auto out = os::open_pipe(), err = os::open_pipe();
  if (!out || !err) return no_descriptors(request_, (out ? err : out).error());
  os::SpawnRequest& spawn = request_.spawn;
  spawn.descriptors = {{null.value().get(), 0}, {out.value().writing.get(), 1}, {err.value().writing.get(), 2}};
  spawn.group = os::SpawnRequest::Group::own;
  spawn.foreground = false;
  if (request_.marked) {
    mark_ = processes_.new_mark();
    config::set_variable(spawn.env, mark_);
  }
  os::SpawnResult result = os::spawn(spawn);
  if (!result) return std::move(result.failure);
  pid_ = result.child->pid;
  watch_ = processes_.watch(pid_, ProcessTable::Side::own, [this](const os::ExitStatus& status) { on_exit(status); });
  const std::string name = request_.log_output ? request_.name : "";
  output_.emplace(loop_, std::move(out.value().reading), name, "stdout", request_.keep_output);
  errors_.emplace(loop_, std::move(err.value().reading), name, "stderr", request_.keep_output);
  return std::nullopt;
}

void CommandRun::on_exit(const os::ExitStatus& status) {
  kill_rest();
  pid_ = 0;
  conclude({.end = status.signaled ? CommandResult::End::signaled : CommandResult::End::exited, .value = status.value});
}

// Not reaped yet, so its number is its own. One that is stuck in the kernel is not waited for: the table keeps it until it is gone.
void CommandRun::kill_all() {
  if (pid_ == 0) return;
  os::signal_all({.root = pid_}, SIGKILL);  // first: without its parent nobody knows any more where one that left the group came from
  (void)os::send_signal_to_group(pid_, SIGKILL);
  watch_ = {};
}

// The group's number can't be given to another process while the group has members; that these are its own, /proc tells.
void CommandRun::kill_rest() {
  if (!os::send_signal_to_group(pid_, 0)) return;
  const auto ours = os::descendants({});
  if (std::ranges::any_of(ours, [this](const os::Process& each) { return each.group == pid_; }))
    (void)os::send_signal_to_group(pid_, SIGKILL);
}

// A daemon that it started is a child of ours by now, and looks like one of the command's.
void CommandRun::kill_strays() {
  if (mark_.empty()) return;
  const Kinship kin(mark_);
  os::TreeQuery strays;
  strays.narrow = [&](std::vector<os::Process>& found) {
    kin.keep_own(found);
    for (const os::Process& each : found) processes_.disown(each);  // until it is gone, nobody shall wait for it as for one of the command's
  };
  os::signal_all(strays, SIGKILL);
  processes_.forget_mark(mark_);
  mark_.clear();
}

void CommandRun::conclude(CommandResult result) {
  timeout_.disarm();
  kill_strays();
  if (errors_) {
    errors_->finish();
    result.errors = errors_->kept();
  }
  if (output_) {
    output_->finish();
    result.output = output_->kept();
    result.output_cut = output_->cut();
  }
  pid_ = 0;
  const Callback callback = std::move(callback_);
  callback(result);
}

}  // namespace lastcall::supervisor
