#include "supervisor/worker_processes.h"

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "os/pipe.h"
#include "supervisor/counter_totals.h"

namespace lastcall::supervisor {
namespace {

constexpr Duration kPingEvery = seconds(1);
constexpr proto::message::StopAccepting kStopAccepting{.take_queue = 1, .reserved = 0};

proto::message::Seal seal_of(core::InstanceId instance) { return {.instance = instance, .reserved = 0}; }

std::int64_t nanoseconds_of(TimePoint time) { return time.time_since_epoch().count(); }

// What a worker has counted itself at the last deadline; its last census may be older.
std::uint64_t dropped_so_far(const WorkerProcess& worker) {
  return worker.counters().get(proto::Counter::dropped_finite) + worker.counters().get(proto::Counter::dropped_streams);
}

}  // namespace

WorkerProcesses::WorkerProcesses(io::Loop& loop, ProcessTable& processes, WorkerPlan plan, Owner& owner)
    : loop_(loop),
      processes_(processes),
      plan_(std::move(plan)),
      owner_(owner),
      connections_(loop),
      logs_(loop),
      start_next_(loop, [this] {
        if (!start_successor()) replace();
        owner_.on_workers_changed();
      }),
      ping_(loop, [this] { ping_all(); }),
      bury_(loop, [this] { dead_.clear(); }) {}

WorkerProcesses::~WorkerProcesses() = default;

Status WorkerProcesses::start() {
  auto worker = TRY(WorkerProcess::start(loop_, processes_, plan_, next_id_, *this));
  log_info("worker_started")("worker_pid", worker->pid());
  ledger_.worker_started(next_id_);
  introduce(*worker);
  workers_.emplace(next_id_++, std::move(worker));
  watch_over();
  return {};
}

bool WorkerProcesses::start_successor() {
  const Status started = start();
  if (!started) log_error("worker_not_started")("why", started.error().message);
  return started.ok();
}

// What every new worker hears first: where the child is, what of it was sealed, and in which phase we are.
void WorkerProcesses::introduce(WorkerProcess& worker) {
  if (upstreams_) worker.send(*upstreams_, true);
  for (const core::InstanceId instance : ledger_.seals_asked()) worker.send(seal_of(instance));
  if (phase_) worker.send(*phase_, true);
  if (log_level_) worker.send(*log_level_, true);
}

template <class Body>
void WorkerProcesses::send_all(const Body& body, bool state) {
  for (auto& [id, worker] : workers_) worker->send(body, state);
}

void WorkerProcesses::set_upstreams(std::span<const Upstream> all) {
  proto::message::Upstreams message{};
  message.version = upstreams_ ? upstreams_->version + 1 : 1;
  for (const Upstream& each : all) {
    auto& entry = message.entries[message.count++];
    entry.instance = each.instance;
    entry.number = each.number;
    entry.state = each.state;
    entry.address_size = each.address.size();
    std::memcpy(&entry.address, each.address.data(), each.address.size());
  }
  upstreams_ = message;
  send_all(message, true);
}

void WorkerProcesses::set_phase(core::Phase phase, const std::optional<core::Deadlines>& deadlines) {
  const core::Deadlines ends = deadlines.value_or(core::Deadlines{.t0 = kNever});
  ending_ = deadlines.has_value();
  phase_ = proto::message::PhaseChange{.version = ++version_,
                                       .phase = static_cast<std::uint32_t>(phase),
                                       .reserved = 0,
                                       .t0 = nanoseconds_of(ends.t0),
                                       .lame = nanoseconds_of(ends.lame),
                                       .drain = nanoseconds_of(ends.drain),
                                       .kill = nanoseconds_of(ends.kill),
                                       .exit = nanoseconds_of(ends.exit)};
  ledger_.phase_sent(version_);
  send_all(*phase_, true);
  watch_over();
}

void WorkerProcesses::stop_accepting() {
  replacing_ = false;
  // Who waits in the queues is answered by a worker or by nobody: the successor of one that crashed comes now, not after its pause.
  if (start_next_.armed() && workers_.empty()) start_successor();
  start_next_.disarm();
  send_all(kStopAccepting);
}

void WorkerProcesses::end_streams(TimePoint deadline) {
  send_all(proto::message::EndStreams{.deadline = nanoseconds_of(deadline)});
}

void WorkerProcesses::drop_finite() { send_all(proto::message::DropFinite{.reserved = 0}); }

void WorkerProcesses::seal(core::InstanceId instance) {
  ledger_.seal_asked(instance);
  send_all(seal_of(instance));
  watch_over();  // a worker that hangs would never answer, and nobody else asks it anything
}

void WorkerProcesses::seal_all(std::span<const core::InstanceId> instances) {
  ledger_.all_seals_asked(instances);
  for (const core::InstanceId instance : instances) send_all(seal_of(instance));
}

void WorkerProcesses::forget(core::InstanceId instance) { ledger_.forget(instance); }

void WorkerProcesses::finish(TimePoint deadline) { send_all(proto::message::Finish{.deadline = nanoseconds_of(deadline)}); }

void WorkerProcesses::set_log_level(LogLevel level) {
  log_level_ = proto::message::SetLogLevel{.level = static_cast<std::uint32_t>(level), .reserved = 0};
  send_all(*log_level_, true);
}

// Who has not said hello yet is slow to be born and no more: it has nothing at any copy, and reads the seal before it accepts anybody. Who
// waits in the queues has only it. If it never comes, the pings find that out.
void WorkerProcesses::kill_unsealed() {
  for (auto& [id, worker] : workers_)
    if (worker->greeted() && !ledger_.sealed_all(id)) give_up_on(*worker, "it did not answer the seal");
}

void WorkerProcesses::kill_all() {
  for (auto& [id, worker] : workers_) give_up_on(*worker, "the last deadline has come");
}

void WorkerProcesses::give_up_on(WorkerProcess& worker, const char* why) {
  const core::Census& last = census_[worker.id()];
  const std::uint64_t counted = dropped_so_far(worker);
  dropped_by_kill_ += last.finite + last.waiting - std::min(counted, last.finite + last.waiting);
  census_.erase(worker.id());
  worker.kill(why);
  ledger_.worker_died(worker.id(), counted);
}

void WorkerProcesses::list_connections(ConnectionQuery::Answer answer) {
  if (!connections_.add_asker(std::move(answer))) return;
  for (auto& [id, worker] : workers_) {
    auto memory = connections_.lend(id);
    if (memory)
      worker->send_list(connections_.number(), std::move(memory).value());
    else
      log_warn("connections_not_listed")("why", memory.error().message);
  }
  connections_.asked();
}

void WorkerProcesses::reopen_access_log(UniqueFd file, LogSwitch::Answer answer) {
  plan_.access_log = std::move(file);
  send_log(proto::message::ReopenLog::access, plan_.access_log.get(), std::move(answer));
}

void WorkerProcesses::reopen_own_log(int file, LogSwitch::Answer answer) {
  send_log(proto::message::ReopenLog::own, file, std::move(answer));
}

void WorkerProcesses::send_log(proto::message::ReopenLog::Which which, int file, LogSwitch::Answer answer) {
  const proto::message::ReopenLog log{.number = logs_.next_number(), .which = which};
  std::set<core::WorkerId> asked;
  for (auto& [id, worker] : workers_) {
    asked.insert(id);  // also who can't be told: then nobody may say that all were
    if (auto copy = os::duplicate(file)) worker->send_log(log, std::move(copy).value());
  }
  logs_.await(log.number, std::move(asked), std::move(answer));
}

bool WorkerProcesses::hand_over(std::uint32_t listener, UniqueFd connection) {
  if (workers_.empty()) return false;
  workers_.begin()->second->send_connection(listener, std::move(connection));
  return true;
}

void WorkerProcesses::on_worker_message(WorkerProcess& worker, const proto::ToSupervisor& message) {
  hear(worker.id(), message);
  watch_over();
  owner_.on_workers_changed();
}

void WorkerProcesses::hear(core::WorkerId id, const proto::ToSupervisor& message) {
  namespace m = proto::message;
  if (const auto* report = std::get_if<m::CensusReport>(&message)) {
    census_[id] = {.phase_version = report->phase_version,
                   .finite = report->finite,
                   .streams = report->streams,
                   .waiting = report->waiting,
                   .idle = report->idle,
                   .oldest_ms = report->oldest_ms,
                   .at = {}};
    for (const auto& entry : std::span(report->entries).first(report->count)) 
      census_[id].at[entry.instance] = {.finite = entry.finite, .streams = entry.streams, .sealed = entry.sealed == 1};
    ledger_.on_census(id, census_[id]);
  }
  if (const auto* stopped = std::get_if<m::StoppedAccepting>(&message)) {
    swept_ += stopped->swept;
    ledger_.on_stopped_accepting(id);
  }
  if (const auto* sealed = std::get_if<m::Sealed>(&message); sealed != nullptr) ledger_.on_sealed(id, sealed->instance);
  if (std::holds_alternative<m::Finished>(message)) ledger_.on_finished(id);
  if (const auto* listed = std::get_if<m::Listed>(&message)) connections_.on_listed(id, listed->number);
  if (const auto* reopened = std::get_if<m::LogReopened>(&message)) logs_.on_reopened(id, reopened->number);
  if (const auto* failed = std::get_if<m::UpstreamFailed>(&message))
    owner_.on_upstream_failed(failed->instance, failed->error);
}

void WorkerProcesses::on_worker_gone(WorkerProcess& worker) {
  const bool asked = !replacing_;
  if (!asked || os::shell_code(*worker.exit()) != 0)
    log_warn("worker_died")("worker_pid", worker.pid())("how", os::describe(*worker.exit()));
  const bool owed = asked && ledger_.accepts(worker.id());  // not where we killed it
  ended_.add(worker.counters());
  census_.erase(worker.id());
  ledger_.worker_died(worker.id(), dropped_so_far(worker));
  connections_.on_worker_gone(worker.id());
  logs_.on_worker_gone(worker.id());
  // Our caller still stands in one of its functions.
  dead_.insert(workers_.extract(worker.id()));
  bury_.arm_after(Duration::zero());
  if (!asked) replace();
  if (owed && workers_.empty()) take_over_queues();
  owner_.on_workers_changed();
}

// Between the word to stop accepting and the close of its listeners it may have left clients in the kernel's queues, which our own copy of the
// sockets keeps. At once: without a worker they would be closed now.
void WorkerProcesses::take_over_queues() {
  if (take_overs_left_ == 0) return;
  --take_overs_left_;
  ++restarts_;
  if (start_successor()) send_all(kStopAccepting);
}

void WorkerProcesses::replace() {
  const auto when = respawn_.on_death(loop_.now());
  if (!when) {
    replacing_ = false;
    owner_.on_workers_failed();
    return;
  }
  ++restarts_;
  start_next_.arm_at(*when);
}

proto::CounterSums WorkerProcesses::counters() const {
  proto::CounterSums sums = ended_;
  for (const auto& [id, worker] : workers_) sums.add(worker->counters());
  return sums;
}

core::CounterTotals WorkerProcesses::totals() const {
  core::CounterTotals sum = totals_of(counters());
  sum.lost_in_worker = ledger_.lost();
  return sum;
}

std::vector<int> WorkerProcesses::pids() const {
  std::vector<int> all;
  for (const auto& [id, worker] : workers_)
    if (!worker->exit()) all.push_back(worker->pid());
  return all;
}

// Nothing wakes an idle service up (P89): whoever has nothing in flight can hang unnoticed, and nobody loses by it.
bool WorkerProcesses::busy() const {
  if (workers_.empty()) return false;
  const core::Census now = ledger_.total();
  if (ending_ || now.finite + now.streams + now.waiting > 0 || ledger_.seals_missing()) return true;
  for (const auto& [id, worker] : workers_)
    if (!worker->greeted()) return true;
  return false;
}

void WorkerProcesses::watch_over() {
  if (!ping_.armed() && busy()) ping_.arm_after(kPingEvery);
}

void WorkerProcesses::ping_all() {
  if (!busy()) return;
  for (auto& [id, worker] : workers_) worker->ping();
  ping_.arm_after(kPingEvery);
}

}  // namespace lastcall::supervisor
