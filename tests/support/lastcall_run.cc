#include "support/lastcall_run.h"

#include <algorithm>
#include <cstdlib>

namespace lastcall::test {
namespace {

SpawnOptions command(const RunOptions& options, const FreePort& port) {
  SpawnOptions spawn = options.spawn;
  spawn.argv = {lastcall_binary(), "--log-format", "json"};
  if (options.listen) spawn.argv.insert(spawn.argv.end(), {"--listen", port.address()});
  if (!options.grace.empty()) spawn.argv.insert(spawn.argv.end(), {"--grace", options.grace});
  spawn.argv.insert(spawn.argv.end(), options.flags.begin(), options.flags.end());
  if (!options.child.empty()) {
    spawn.argv.emplace_back("--");
    spawn.argv.insert(spawn.argv.end(), options.child.begin(), options.child.end());
  }
  return spawn;
}

}  // namespace

std::string lastcall_binary() {
  const char* given = std::getenv("LASTCALL_BINARY");
  return given != nullptr && *given != '\0' ? given : LASTCALL_DEFAULT_BINARY;
}

LastcallRun::LastcallRun(RunOptions options) : process_(command(options, port_)) {}

void LastcallRun::read_events() {
  const std::vector<std::string>& lines = process_.err().all();
  for (; lines_read_ < lines.size(); ++lines_read_) {
    if (auto event = parse_event(lines[lines_read_])) events_.push_back(std::move(*event));
  }
}

std::optional<Event> LastcallRun::find(const std::string& name, const Wanted& wanted, int skip) {
  read_events();
  for (const Event& event : events_) {
    if (event.name == name && wanted(event) && skip-- == 0) return event;
  }
  return std::nullopt;
}

std::optional<Event> LastcallRun::wait_event_where(const std::string& name, const Wanted& wanted, Milliseconds wait) {
  process_.wait_until([&] { return find(name, wanted, 0).has_value(); }, wait);
  return find(name, wanted, 0);
}

std::optional<Event> LastcallRun::wait_event(const std::string& name, Milliseconds wait, int skip) {
  const Wanted any = [](const Event&) { return true; };
  process_.wait_until([&] { return find(name, any, skip).has_value(); }, wait);
  return find(name, any, skip);
}

std::vector<Event> LastcallRun::events(const std::string& name) {
  process_.wait_until([] { return true; });
  read_events();
  std::vector<Event> result;
  std::ranges::copy_if(events_, std::back_inserter(result), [&](const Event& event) { return name.empty() || event.name == name; });
  return result;
}

void LastcallRun::stop(int signal) {
  t0_ = Clock::now();
  process_.signal(signal);
}

int LastcallRun::worker_pid() {
  const std::vector<Event> started = events("worker_started");
  return started.empty() ? -1 : static_cast<int>(started.back().number("worker_pid"));
}

std::vector<int> LastcallRun::child_pids() {
  std::vector<int> pids;
  const std::vector<Event> workers = events("worker_started");
  const int supervisor = supervisor_pid();
  for (const ProcessInfo& info : descendants(supervisor)) {
    const bool is_worker = std::ranges::any_of(workers, [&](const Event& event) { return event.number("worker_pid") == info.pid; });
    if (info.parent == supervisor && info.living() && !is_worker) pids.push_back(info.pid);
  }
  return pids;
}

}  // namespace lastcall::test
