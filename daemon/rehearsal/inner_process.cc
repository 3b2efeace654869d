#include "rehearsal/inner_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>

#include "config/print_config.h"
#include "os/memfd.h"
#include "os/pidfd.h"
#include "os/process_tree.h"
#include "os/spawn.h"

namespace lastcall::rehearsal {
namespace {

constexpr int kReadsAtOnce = 16;                 // of a command that never stops talking; the watch brings us back (together: the pipe)
constexpr std::size_t kLongestLine = 64 * 1024;  // of the command's; beyond, it is cut in two
constexpr std::size_t kLongestReport = 4 * 1024 * 1024;
constexpr int kPipeSize = 1024 * 1024;  // of our own two, which lastcall rather drops than waits for; less where forbidden

// By way of us: a descriptor of its own would be one that it was given, and it would pass it on (decision 13).
std::string path_of(const UniqueFd& fd) { return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd.get()); }

}  // namespace

// Only our ends are non-blocking: two of theirs are standard output and error of a command that expects them to block.
Status InnerProcess::make_pipes() {
  for (Pipe* pipe : {&out_, &err_, &events_, &report_}) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe2");
    pipe->fd.reset(ends[0]);
    pipe->theirs.reset(ends[1]);
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return system_error("fcntl");
  }
  for (Pipe* pipe : {&events_, &report_}) (void)::fcntl(pipe->fd.get(), F_SETPIPE_SZ, kPipeSize);
  out_.line = err_.line = &InnerProcess::take_words;
  events_.line = &InnerProcess::take_event;
  return {};
}

Status InnerProcess::spawn(const InnerStart& how) {
  config::Settings settings = how.settings;
  settings.log_file = path_of(events_.theirs);
  settings.report = path_of(report_.theirs);
  settings_ = TRY(os::sealed_text("lastcall-rehearsal", config::print_config(settings)));
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing) return system_error("/dev/null");

  os::SpawnRequest request;
  request.argv = {"lastcall", "--config", path_of(settings_)};
  request.env = how.environment;
  request.executable_fd = how.executable;
  request.restore = &how.inherited;
  request.keep = how.inherited.open_descriptors;
  request.descriptors = {{nothing.get(), 0}, {out_.theirs.get(), 1}, {err_.theirs.get(), 2}};
  request.group = os::SpawnRequest::Group::own;  // what is typed at the terminal is for the rehearsal alone
  request.parent_death_signal = SIGTERM;
  os::SpawnResult result = os::spawn(request);
  if (!result) return Error{result.failure.error, result.failure.message};
  pid_ = result.child->pid;
  pidfd_ = std::move(result.child->pidfd);
  return {};
}

Result<std::unique_ptr<InnerProcess>> InnerProcess::start(io::Loop& loop, const InnerStart& how, Owner& owner) {
  std::unique_ptr<InnerProcess> made(new InnerProcess(owner));
  TRY(made->make_pipes());
  TRY(made->spawn(how));
  // The other two it opens itself, whenever it comes to that.
  made->out_.theirs.reset();
  made->err_.theirs.reset();
  for (Pipe* pipe : {&made->out_, &made->err_, &made->events_, &made->report_}) made->watch(loop, *pipe);
  return made;
}

InnerProcess::~InnerProcess() { signal(SIGKILL); }

void InnerProcess::watch(io::Loop& loop, Pipe& pipe) {
  pipe.watch = std::make_unique<io::FdWatch>(loop, pipe.fd.get(), [this, &pipe](int) { read(pipe); });
  pipe.watch->start(io::FdWatch::readable);
}

void InnerProcess::signal(int number) {
  if (exit_ || pid_ == 0) return;
  (void)(pidfd_ ? os::send_signal(pidfd_.get(), number) : os::send_signal_to_pid(pid_, number));
}

void InnerProcess::signal_everybody(int number) {
  signal(number);
  if (!exit_) os::signal_all({.root = pid_}, number);
}

void InnerProcess::ended(const os::ExitStatus& status) {
  for (Pipe* pipe : {&out_, &err_, &events_, &report_}) read(*pipe);
  exit_ = status;
  for (Pipe* pipe : {&out_, &err_})
    if (!pipe->rest.empty()) take_words(std::exchange(pipe->rest, {}));
}

void InnerProcess::read(Pipe& pipe) {
  char buffer[65536];
  for (int reads = 0; pipe.fd && reads < kReadsAtOnce; ++reads) {
    const ssize_t size = ::read(pipe.fd.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      pipe.watch.reset();
      pipe.fd.reset();
      return;
    }
    pipe.rest.append(buffer, static_cast<std::size_t>(size));
    take_lines(pipe);
  }
}

void InnerProcess::take_lines(Pipe& pipe) {
  if (pipe.line == nullptr) {
    if (pipe.rest.size() > kLongestReport) pipe.rest.clear();
    return;
  }
  std::size_t begin = 0;
  for (std::size_t end; (end = pipe.rest.find('\n', begin)) != pipe.rest.npos; begin = end + 1)
    (this->*pipe.line)(std::string_view(pipe.rest).substr(begin, end - begin));
  pipe.rest.erase(0, begin);
  if (pipe.rest.size() > kLongestLine) (this->*pipe.line)(std::exchange(pipe.rest, {}));
}

void InnerProcess::take_event(std::string_view line) {
  if (const auto event = parse_log_event(line)) owner_.on_event(*event);
}

}  // namespace lastcall::rehearsal
