#include "app/entry.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "app/command_line.h"
#include "app/rehearse_command.h"
#include "app/ctl_command.h"
#include "app/job_command.h"
#include "app/supervise.h"
#include "os/clock.h"
#include "os/terminal.h"
#include "proto/worker_descriptors.h"
#include "proxy/worker.h"
#include "supervisor/worker_plan.h"

namespace lastcall::app {
namespace {

// Only a supervisor has put a channel on descriptor 3; a person who types @worker has not.
bool is_worker(int argc, char** argv) {
  if (argc != 2 || std::string_view(argv[1]) != "@worker") return false;
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(proto::kChannelFd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

config::Environment environment_of_process() {
  config::Environment all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) all.emplace_back(*entry);
  return all;
}

ProcessFacts facts_of_process() {
  const char* no_color = std::getenv("NO_COLOR");
  ProcessFacts facts;
  facts.platform.pid = ::getpid();
  facts.platform.terminal = os::is_terminal(0);
  facts.color = os::is_terminal(1) && (no_color == nullptr || *no_color == '\0');
  return facts;
}

// A reader that went away (`lastcall --help | head -1`) is no failure.
void write_out(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

int run(int argc, char** argv) {
  const os::InheritedState inherited = os::take_over_process();
  if (is_worker(argc, argv)) return proxy::run_worker();
  const TimePoint started = os::now();
  UniqueFd executable = supervisor::open_own_executable();

  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const CommandLine command_line = parse_command_line(arguments, environment_of_process(), facts_of_process());
  switch (command_line.action) {
    case Action::run: return supervise(command_line, {.inherited = inherited, .executable = std::move(executable), .time = started});
    case Action::rehearse: {
      const RehearseResult result = rehearse(command_line, {.inherited = inherited, .executable = std::move(executable), .time = started});
      write_out(STDERR_FILENO, result.errors);
      write_out(STDOUT_FILENO, result.output);
      return result.exit_code;
    }
    case Action::ctl: return run_ctl(command_line.words);
    case Action::job: return run_job(command_line.words, inherited);
    case Action::print: write_out(STDOUT_FILENO, command_line.output); break;
    case Action::fail: write_out(STDERR_FILENO, failure_text(command_line)); break;
  }
  return static_cast<int>(command_line.exit_code);
}

}  // namespace lastcall::app
