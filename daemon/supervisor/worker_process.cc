#include "supervisor/worker_process.h"

#include <csignal>
#include <cstring>

#include "base/log.h"
#include "os/log_writer.h"
#include "os/pidfd.h"
#include "os/socket.h"
#include "proto/worker_descriptors.h"

namespace lastcall::supervisor {
namespace {

constexpr int kUnansweredPings = 5;  // one a second: no pong for 5 s means hung

os::SpawnRequest birth(const WorkerPlan& plan, int channel, int counters) {
  os::SpawnRequest request;
  request.argv = {"lastcall", "@worker"};
  request.executable_fd = plan.executable.get();
  request.ignore_stop_signals = true;
  request.descriptors = {{channel, proto::kChannelFd}, {counters, proto::kCountersFd}, {plan.settings.get(), proto::kSettingsFd}};
  for (std::size_t i = 0; i < plan.listeners.size(); ++i)
    request.descriptors.emplace_back(plan.listeners[i], proto::kFirstListenerFd + static_cast<int>(i));
  if (plan.access_log) request.descriptors.emplace_back(plan.access_log.get(), proto::access_log_fd(plan.listeners.size()));
  if (os::log_descriptor() != 2) request.descriptors.emplace_back(os::log_descriptor(), 2);
  request.group = os::SpawnRequest::Group::own;
  request.parent_death_signal = SIGKILL;
  request.credentials = plan.credentials;
  request.no_new_privileges = true;
  return request;
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(io::Loop& loop, ProcessTable& processes, WorkerPlan& plan, core::WorkerId id,
                                                            Owner& owner) {
  auto [ours, theirs] = TRY(os::seqpacket_pair());
  const UniqueFd counters = TRY(os::shared_page("lastcall-counters", proto::CountersPage::kSize));
  os::Mapping page = TRY(os::Mapping::map(counters.get(), proto::CountersPage::kSize, os::Mapping::Access::read_only));
  os::SpawnResult result = os::spawn(birth(plan, theirs.get(), counters.get()));
  if (!result && plan.credentials && result.failure.stage != os::SpawnFailure::Stage::fork) {
    log_warn("worker_keeps_privileges")("why", result.failure.message);
    plan.credentials.reset();
    result = os::spawn(birth(plan, theirs.get(), counters.get()));
  }
  if (!result) return Error{result.failure.error, result.failure.message};
  std::unique_ptr<WorkerProcess> made(new WorkerProcess(loop, id, owner, std::move(*result.child), std::move(ours), std::move(page)));
  made->watch_ = processes.watch(made->pid_, ProcessTable::Side::own,
                                 [worker = made.get()](const os::ExitStatus& status) { worker->on_end(status); });
  return made;
}

WorkerProcess::WorkerProcess(io::Loop& loop, core::WorkerId id, Owner& owner, os::Spawned process, UniqueFd channel, os::Mapping page)
    : id_(id),
      owner_(owner),
      pid_(process.pid),
      pidfd_(std::move(process.pidfd)),
      page_(std::move(page)),
      channel_(loop, std::move(channel), *this) {}

void WorkerProcess::send_bytes(const std::string& bytes, std::uint32_t key, std::vector<UniqueFd> descriptors) {
  if (closed_ || killed_) return;
  if (!channel_.send(bytes, key, std::move(descriptors))) kill("its channel is full");
}

void WorkerProcess::send_connection(std::uint32_t listener, UniqueFd connection) {
  send_with(proto::encode(proto::message::TakeConnection{.listener = listener, .reserved = 0}, seq_++), std::move(connection));
}

void WorkerProcess::send_list(std::uint64_t number, UniqueFd memory) {
  send_with(proto::encode(proto::message::List{.number = number}, seq_++), std::move(memory));
}

void WorkerProcess::send_log(const proto::message::ReopenLog& log, UniqueFd file) {
  send_with(proto::encode(log, seq_++), std::move(file));
}

void WorkerProcess::send_with(const std::string& bytes, UniqueFd descriptor) {
  std::vector<UniqueFd> descriptors;
  descriptors.push_back(std::move(descriptor));
  send_bytes(bytes, 0, std::move(descriptors));
}

void WorkerProcess::kill(const char* why) {
  if (killed_ || exit_) return;
  log_warn("worker_killed")("worker_pid", pid_)("why", why);
  kill_quietly();
}

void WorkerProcess::kill_quietly() {
  if (killed_ || exit_) return;
  killed_ = true;
  (void)(pidfd_ ? os::send_signal(pidfd_.get(), SIGKILL) : os::send_signal_to_pid(pid_, SIGKILL));
}

void WorkerProcess::ping() {
  // Counted in pings, not in seconds: while we ourselves stood still (Ctrl-Z, a frozen VM) nobody was asked.
  if (++unanswered_ > kUnansweredPings) return kill("no answer for 5 s");
  send(proto::message::Ping{.number = ++pings_}, true);
}

void WorkerProcess::on_end(const os::ExitStatus& status) {
  exit_ = status;
  pidfd_.reset();
  if (closed_) owner_.on_worker_gone(*this);
}

// The first message must be the greeting of our own build: after it both sides agree on every size.
bool WorkerProcess::greet(const proto::message::Hello& hello) {
  const std::string_view theirs(hello.build.data(), ::strnlen(hello.build.data(), hello.build.size()));
  greeted_ = theirs == proto::build_id().substr(0, hello.build.size());
  return greeted_;
}

void WorkerProcess::on_channel_message(std::span<const char> bytes, std::vector<UniqueFd>) {
  if (killed_) return;
  const auto message = proto::decode_to_supervisor(bytes);
  if (!message) return kill("an unknown message");
  if (const auto* hello = std::get_if<proto::message::Hello>(&*message); hello != nullptr && !greet(*hello)) return kill("another build");
  if (!greeted_) return kill("it did not say hello first");
  if (std::holds_alternative<proto::message::Pong>(*message)) unanswered_ = 0;
  if (std::holds_alternative<proto::message::Finished>(*message)) finished_ = true;
  owner_.on_worker_message(*this, *message);
}

void WorkerProcess::on_channel_closed() {
  closed_ = true;
  if (!finished_) kill_quietly();  // of no use to anybody without a channel; who has finished is just leaving
  if (exit_) owner_.on_worker_gone(*this);
}

}  // namespace lastcall::supervisor
