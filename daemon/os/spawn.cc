#include "os/spawn.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "os/exec_failure.h"
#include "os/pidfd.h"
#include "os/resource_limits.h"
#include "os/spawn_child.h"

namespace lastcall::os {
namespace {

SpawnFailure failure(SpawnFailure::Stage stage, int error, std::string message) {
  return {.stage = stage, .error = error, .exit_code = stage == SpawnFailure::Stage::fork ? 71 : 125, .message = std::move(message)};
}

std::string limit_text(const SpawnRequest::Limit& limit) {
  const auto number = [](rlim_t value) { return value == RLIM_INFINITY ? "unlimited" : std::to_string(value); };
  return fmt::format("its limit {} can't be set to {}:{}", limit_name(limit.resource), number(limit.soft), number(limit.hard));
}

std::string name_of(const SpawnRequest& request) { return request.argv.empty() ? "nothing" : request.argv[0]; }

SpawnFailure setup_failure(const SpawnRequest& request, const SpawnReport& report) {
  const auto step = [&]() -> std::string {
    switch (report.step) {
      case SpawnStep::group: return "its process group can't be made";
      case SpawnStep::signals: return "its signal mask can't be set";
      case SpawnStep::descriptors:
        return report.detail < 0 ? "its descriptors can't be arranged" : fmt::format("its descriptor {} can't be arranged", report.detail);
      case SpawnStep::limits:
        return report.detail < 0 ? "its descriptor limit can't be given back"
                                 : limit_text(request.limits[static_cast<std::size_t>(report.detail)]);
      case SpawnStep::nice: return fmt::format("its niceness can't be set to {}", request.nice.value_or(0));
      case SpawnStep::oom_score: return fmt::format("its oom_score_adj can't be set to {}", request.oom_score_adj.value_or(0));
      case SpawnStep::bounding_set: return "its capabilities can't be limited, which takes root or CAP_SETPCAP";
      case SpawnStep::capabilities: return "its capabilities can't be set";
      case SpawnStep::credentials: return fmt::format("it can't become user {}", request.credentials ? request.credentials->uid : 0);
      case SpawnStep::directory: return "can't change to directory " + request.dir;
      case SpawnStep::parent_death: return "its parent-death signal can't be set";
      case SpawnStep::privileges: return "no_new_privs can't be set";
      case SpawnStep::exec: return "it can't be executed";
    }
    return "";
  }();
  return failure(SpawnFailure::Stage::setup, report.error,
                 fmt::format("cannot run {}: {}: {}", name_of(request), step, strerrordesc_np(report.error)));
}

// The terminal whose foreground is our own group. A job in the background has none to give away (P83), nor has a service (P82).
int terminal_to_give() {
  for (const int fd : {0, 2, 1})
    if (::isatty(fd) == 1 && ::tcgetpgrp(fd) == ::getpgrp()) return fd;
  return -1;
}

// A copy of the variables with room for the child's pid in those that shall hold it; points at where it goes.
std::vector<std::string> with_room_for_pid(const SpawnRequest& request, std::vector<std::pair<std::size_t, std::size_t>>& places) {
  std::vector<std::string> env = request.env;
  for (const std::string& name : request.own_pid_variables)
    for (std::size_t index = 0; index < env.size(); ++index) {
      if (!env[index].starts_with(name + "=")) continue;
      env[index].resize(name.size() + 1);
      places.emplace_back(index, env[index].size());
      env[index].append(kPidDigits + 1, '\0');
    }
  return env;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The duplicates that the child moves from, above every number that it moves to or keeps, so that no move overwrites another's source.
struct Duplicates {
  std::vector<UniqueFd> owned;
  int floor;

  explicit Duplicates(const SpawnRequest& request) : floor(3) {
    for (const auto& [ours, theirs] : request.descriptors) floor = std::max(floor, theirs + 1);
    for (const int fd : request.keep) floor = std::max(floor, fd + 1);
  }
  int of(int fd) {
    owned.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, floor));
    return owned.back().get();
  }
};

bool fill_descriptors(SpawnPlan& plan, Duplicates& duplicates, int report_fd) {
  for (const auto& [ours, theirs] : plan.request.descriptors) plan.moves.emplace_back(duplicates.of(ours), theirs);
  if (plan.request.executable_fd >= 0) plan.executable_fd = duplicates.of(plan.request.executable_fd);
  plan.report_fd = duplicates.of(report_fd);
  return std::ranges::all_of(duplicates.owned, [](const UniqueFd& fd) { return static_cast<bool>(fd); });
}

// fork() with every signal blocked, so that no handler of ours runs in the child (P63).
int fork_blocked(SpawnPlan& plan) {
  sigset_t everything, before;
  sigfillset(&everything);
  ::sigprocmask(SIG_SETMASK, &everything, &before);
  plan.mask = plan.request.restore != nullptr ? plan.request.restore->mask : before;
  plan.parent_pid = ::getpid();
  const int pid = ::fork();
  if (pid == 0) run_child(plan);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

// Blocks until the child has executed or given up. Empty: it executed, or a signal ended it before, which its exit status will tell.
std::optional<SpawnReport> await_report(int fd) {
  SpawnReport report{};
  ssize_t size;
  do size = ::read(fd, &report, sizeof report);
  while (size < 0 && errno == EINTR);
  if (size != sizeof report) return std::nullopt;
  return report;
}

}  // namespace

SpawnResult spawn(const SpawnRequest& request) {
  using enum SpawnFailure::Stage;
  if (request.argv.empty() || request.argv[0].empty())
    return {.child = {}, .failure = {.stage = exec, .error = ENOENT, .exit_code = 127, .message = "the command is empty"}};
  std::vector<std::pair<std::size_t, std::size_t>> places;
  const std::vector<std::string> env = with_room_for_pid(request, places);
  SpawnPlan plan{.request = request,
                 .candidates = exec_candidates(request.argv[0], request.env),
                 .argv = pointers_to(request.argv),
                 .env = pointers_to(env)};
  for (const auto& [index, offset] : places) plan.own_pid.push_back(plan.env[index] + offset);
  if (request.foreground && request.group == SpawnRequest::Group::own) plan.terminal = terminal_to_give();

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return {.child = {}, .failure = failure(fork, errno, fmt::format("cannot run {}: pipe: {}", name_of(request), strerrordesc_np(errno)))};
  UniqueFd reading(ends[0]), writing(ends[1]);
  Duplicates duplicates(request);
  if (!fill_descriptors(plan, duplicates, writing.get()))
    return {.child = {}, .failure = setup_failure(request, {SpawnStep::descriptors, errno, -1})};

  const int pid = fork_blocked(plan);
  if (pid < 0)
    return {.child = {}, .failure = failure(fork, errno, fmt::format("cannot run {}: fork: {}", name_of(request), strerrordesc_np(errno)))};
  // Here as well as in the child: a signal to the group must find it from the first instant (P28). EACCES: it has executed already.
  if (request.group == SpawnRequest::Group::own) (void)::setpgid(pid, pid);
  writing.reset();
  duplicates.owned.clear();

  if (const auto report = await_report(reading.get())) {
    siginfo_t info;
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
    }
    return {.child = {}, .failure = report->step == SpawnStep::exec ? explain_exec_failure(request, plan.candidates, report->error)
                                                                    : setup_failure(request, *report)};
  }
  auto pidfd = open_pidfd(pid);  // an ended child keeps its number until it is reaped
  return {.child = Spawned{pid, pidfd.ok() ? std::move(pidfd).value() : UniqueFd()}, .failure = {}};
}

}  // namespace lastcall::os
