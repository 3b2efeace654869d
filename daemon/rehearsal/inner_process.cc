#include "rehearsal/inner_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>

#include "os/memfd.h"
#include "os/pidfd.h"
#include "os/process_tree.h"
#include "os/spawn.h"

namespace lastcall::rehearsal {
namespace {

constexpr int kReadsAtOnce = 16;                 // of a command that never stops talking; the watch brings us back (together: the pipe)
constexpr std::size_t kLongestLine = 64 * 1024;  // beyond, the line is cut in two: our own never are as long

struct PipeEnds {
  UniqueFd ours, theirs;
};

constexpr int kPipeSize =
    1024 * 1024;  // lastcall drops its lines rather than wait for a pipe that the command has filled; less where forbidden

// Only our end is non-blocking: theirs is standard output or error of a command that expects it to block.
Result<PipeEnds> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe2");
  PipeEnds made{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (::fcntl(made.ours.get(), F_SETFL, O_NONBLOCK) != 0) return system_error("fcntl");
  (void)::fcntl(made.ours.get(), F_SETPIPE_SZ, kPipeSize);
  return made;
}

}  // namespace

Result<std::unique_ptr<InnerProcess>> InnerProcess::start(io::Loop& loop, const InnerStart& how, Owner& owner) {
  UniqueFd settings = TRY(os::sealed_text("lastcall-rehearsal", how.settings));
  PipeEnds out = TRY(make_pipe());
  PipeEnds err = TRY(make_pipe());
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing) return system_error("/dev/null");

  os::SpawnRequest request;
  // By way of ourselves: a descriptor of its own would be one that it was given, and it would pass it on (decision 13).
  request.argv = {"lastcall", "--config", "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(settings.get())};
  request.env = how.environment;
  request.executable_fd = how.executable;
  request.restore = &how.inherited;
  request.keep = how.inherited.open_descriptors;
  request.descriptors = {{nothing.get(), 0}, {out.theirs.get(), 1}, {err.theirs.get(), 2}};
  request.group = os::SpawnRequest::Group::own;  // what is typed at the terminal is for the rehearsal alone
  request.parent_death_signal = SIGTERM;
  os::SpawnResult result = os::spawn(request);
  if (!result) return Error{result.failure.error, result.failure.message};

  std::unique_ptr<InnerProcess> made(new InnerProcess(owner, result.child->pid, std::move(result.child->pidfd), std::move(settings)));
  made->watch(loop, made->out_, std::move(out.ours));
  made->watch(loop, made->err_, std::move(err.ours));
  return made;
}

InnerProcess::InnerProcess(Owner& owner, int pid, UniqueFd pidfd, UniqueFd settings)
    : owner_(owner), pid_(pid), pidfd_(std::move(pidfd)), settings_(std::move(settings)) {}

InnerProcess::~InnerProcess() { signal(SIGKILL); }

void InnerProcess::watch(io::Loop& loop, Pipe& pipe, UniqueFd fd) {
  pipe.fd = std::move(fd);
  pipe.watch = std::make_unique<io::FdWatch>(loop, pipe.fd.get(), [this, &pipe](int) { read(pipe); });
  pipe.watch->start(io::FdWatch::readable);
}

void InnerProcess::signal(int number) {
  if (exit_) return;
  (void)(pidfd_ ? os::send_signal(pidfd_.get(), number) : os::send_signal_to_pid(pid_, number));
}

void InnerProcess::signal_everybody(int number) {
  signal(number);
  if (!exit_) os::signal_all({.root = pid_}, number);
}

void InnerProcess::ended(const os::ExitStatus& status) {
  read(out_);
  read(err_);
  exit_ = status;
  for (Pipe* pipe : {&out_, &err_})
    if (!pipe->rest.empty()) take_line(std::exchange(pipe->rest, {}));
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
  std::size_t begin = 0;
  for (std::size_t end; (end = pipe.rest.find('\n', begin)) != pipe.rest.npos; begin = end + 1)
    take_line(std::string_view(pipe.rest).substr(begin, end - begin));
  pipe.rest.erase(0, begin);
  if (pipe.rest.size() > kLongestLine) take_line(std::exchange(pipe.rest, {}));
}

void InnerProcess::take_line(std::string_view line) {
  const PipeLine parts = split_pipe_line(line, pid_);
  if (parts.words) owner_.on_words(std::string(*parts.words));
  if (parts.event) owner_.on_event(*parts.event);
}

}  // namespace lastcall::rehearsal
