#include "supervisor/instances.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "base/log.h"
#include "core/exit_code.h"

namespace lastcall::supervisor {
namespace {

constexpr std::size_t kMost = proto::message::Upstreams::kMax;  // those that leave take a place too
static_assert(kMost == config::kMaxInstances);

}  // namespace

Instances::Instances(io::Loop& loop, ProcessTable& processes, WorkerProcesses& workers, ShutdownRecorder& recorder, InstancePlan plan,
                     ChildEndpoints endpoints, Owner& owner)
    : loop_(loop),
      processes_(processes),
      workers_(workers),
      recorder_(recorder),
      plan_(std::move(plan)),
      endpoints_(std::move(endpoints)),
      owner_(owner),
      terminal_(plan_.child.foreground && plan_.count == 1),
      bury_(loop, [this] { bury(); }) {
  plan_.child.foreground = terminal_;
  if (plan_.count > 1) recorder_.several_copies();
}

Instances::~Instances() = default;

// The lowest number that is free: so a copy that follows another one finds what belongs to that number, a disk or a queue.
Result<Instance*> Instances::add() {
  std::uint32_t number = 0;
  while (find(number)) ++number;
  auto endpoint = TRY(endpoints_.make(number, next_id_));
  Instance::Owner& self = *this;
  const Instance::Name name{.number = number, .id = next_id_++};
  all_.push_back(std::make_unique<Instance>(loop_, processes_, recorder_, plan_, name, std::move(endpoint), self));
  plan_.child.foreground = false;  // the first one has the terminal, if anyone
  if (all_.size() > 1) recorder_.several_copies();
  return all_.back().get();
}

// What keeps the first copy from being started would keep all from it; one that fails beside others is one that failed.
std::optional<os::SpawnFailure> Instances::start() {
  for (std::uint32_t i = 0; i < plan_.count; ++i) {
    const Result<Instance*> made = add();
    if (!made) return os::SpawnFailure{.stage = os::SpawnFailure::Stage::fork, .error = made.error().code, .message = made.error().message};
    auto failure = made.value()->start();
    if (failure && i == 0) return failure;
    if (failure) made.value()->on_start_failed(*failure);
  }
  return std::nullopt;
}

void Instances::forget_inherited_descriptors() { plan_.child.keep.clear(); }

void Instances::tell_workers() {
  if (plan_.proxied) workers_.set_upstreams(upstreams());
}

std::vector<WorkerProcesses::Upstream> Instances::upstreams() const {
  std::vector<WorkerProcesses::Upstream> list;
  for (const auto& each : all_)
    if (!each->left()) list.push_back({each->id(), each->number(), each->endpoint().upstream(), each->state()});
  return list;
}

std::vector<std::string> Instances::environment(std::optional<std::uint32_t> copy) const {
  if (all_.empty()) return endpoints_.environment();
  const auto found = copy ? find(*copy) : Result<Instance*>(all_.front().get());
  const ChildEndpoint& place = (found ? found.value() : all_.front().get())->endpoint();
  std::vector<std::string> variables = place.environment();
  std::erase(variables, place.mark());
  return variables;
}

void Instances::await_ready() {
  for (const auto& each : all_)
    if (each->process().running()) each->await_ready();
}

void Instances::stop_asking() {
  for (const auto& each : all_) each->stop_asking();
}

void Instances::update() {
  for (std::size_t i = 0; i < all_.size(); ++i) all_[i]->update(workers_.ledger());
}

void Instances::look_for_rest() {
  for (const auto& each : all_) each->process().look_for_rest();
}

bool Instances::on_service_ending() {
  ending_ = true;
  for (const auto& each : all_) each->on_service_ending();
  return started() && nobody_is_left();
}

void Instances::seal() {
  std::vector<core::InstanceId> ids;
  for (const auto& each : all_)
    if (!each->left()) ids.push_back(each->id());
  workers_.seal_all(ids);
}

void Instances::stop() {
  for (const auto& each : all_) each->stop();
}

// All that is left, also what belongs to no copy for certain; but nobody is told twice.
void Instances::signal_descendants() {
  if (all_.size() == 1 || !os::proc_is_readable()) {
    for (const auto& each : all_)
      if (!each->rest_signalled()) each->signal_rest();
    return;
  }
  os::TreeQuery query{.root = 0, .except = processes_.not_the_childs()};
  query.narrow = [this](std::vector<os::Process>& found) {
    for (const auto& each : all_)
      if (each->rest_signalled()) each->process().kin().leave_others(found);
  };
  recorder_.descendants_signalled(last_ended_, os::signal_all(query, SIGTERM, true), loop_.now());
}

void Instances::kill() {
  for (const auto& each : all_) each->kill();
}

void Instances::forward(int signal, std::optional<std::uint64_t> payload) {
  for (const auto& each : all_) each->process().forward(signal, payload);
}

void Instances::suspend() {
  for (const auto& each : all_) each->process().suspend();
}

void Instances::resume() {
  for (const auto& each : all_) each->resume();
}

Result<Instance*> Instances::find(std::uint32_t number) const {
  for (const auto& each : all_)
    if (each->number() == number && !each->left()) return each.get();
  std::string others;
  for (const auto& each : all_)
    if (!each->left()) others += fmt::format("{}{}", others.empty() ? "" : ", ", each->number());
  return Error{ESRCH, fmt::format("there is no instance {}; there is {}", number, others)};
}

Status Instances::serves() const {
  if (ending_) return Error{EBUSY, "the service ends already"};
  if (all_.empty()) return Error{EAGAIN, "the service has not started yet"};
  return {};
}

Status Instances::scale(std::uint32_t count) {
  TRY(serves());
  if (!endpoints_.several())
    return Error{EINVAL, plan_.proxied ? "with a fixed upstream there can be but one copy of the command"
                                       : "with no_proxy copies are only possible where lastcall was started with instances: 2 or more"};
  if (count < 1 || count > kMost) return Error{EINVAL, fmt::format("{} copies are not possible; write a number from 1 to {}", count, kMost)};
  const std::size_t more = count - std::min<std::size_t>(living(), count);
  if (all_.size() + more > kMost) return Error{EAGAIN, "too many copies are still leaving; try again when they are gone"};
  log_info("scaling")("from", living())("to", count);
  while (living() < count) TRY(start_another());
  while (living() > count) let_go(last_living());
  return {};
}

Status Instances::start_another() {
  Instance& made = *TRY(add());
  const auto failure = made.start();
  failure ? made.on_start_failed(*failure) : made.await_ready();
  tell_workers();
  return {};
}

Status Instances::stop_one(std::uint32_t number) {
  TRY(serves());
  Instance& one = *TRY(find(number));
  if (one.ended() || one.retired()) return Error{EALREADY, fmt::format("copy number {} leaves already", number)};
  if (living() == 1) return Error{EPERM, fmt::format("copy number {} is the last one; stop the service instead", number)};
  let_go(one);
  return {};
}

Status Instances::report_ready(std::uint32_t number) {
  Instance& one = *TRY(find(number));
  return one.report_ready();
}

Status Instances::kill_one(std::uint32_t number) {
  Instance& one = *TRY(find(number));
  if (!one.process().running()) return Error{ESRCH, fmt::format("copy number {} does not run", number)};
  one.kill_on_request();
  return {};
}

Instance& Instances::last_living() const {
  const auto rank = [](const auto& each) { return each->ended() || each->retired() ? -1 : static_cast<int>(each->number()); };
  return **std::ranges::max_element(all_, {}, rank);
}

void Instances::let_go(Instance& instance) {
  log_info("instance_retires")("instance", instance.number())("child_pid", instance.process().pid());
  instance.retire();
  tell_workers();
  owner_.on_instances_changed();
}

// Called for each end that is final: nobody comes after it.
void Instances::on_instance_ended(Instance& which) {
  last_ended_ = which.number();
  if (const auto end = which.final_end(); end && !which.retired()) ends_.push_back(*end);
  tell_workers();
  if (nobody_is_left()) return owner_.on_child_ended();
  if (which.retired()) return owner_.on_instances_changed();  // in order, and on with that
  if (ending_) return which.signal_rest();
  log_info("instance_ended")("instance", which.number())("left", living());
  if (restarts()) return which.clear_up();
  which.signal_rest();
  owner_.on_copy_ended();
}

// Where others serve, or there is no hope in another start, it is not the service that was never ready.
void Instances::on_instance_never_ready(Instance& which) {
  if (living() == 1 || !restarts() || ending_) return owner_.on_child_never_ready();
  log_error("instance_never_ready")("instance", which.number())("left", living() - 1);
  ends_.push_back({.end = {.by_signal = false, .value = static_cast<int>(core::ExitCode::never_ready)}, .gave_up = true});
  let_go(which);
}

void Instances::on_instance_left(Instance& which) {
  workers_.forget(which.id());
  if (!which.process().gone()) recorder_.not_killed(which.process().survivors(), loop_.now());
  log_info("instance_gone")("instance", which.number())("left", living());
  recorder_.child_left(which.number());
  tell_workers();
  bury_.arm_after(Duration::zero());  // our caller still stands in one of its functions
  owner_.on_instances_changed();
}

void Instances::bury() {
  for (std::size_t i = 0; i < all_.size() && all_.size() > 1;) {
    if (!all_[i]->left()) {
      ++i;
      continue;
    }
    all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

std::optional<core::CopyLife> Instances::copy_of(int pid) const {
  if (pid <= 0) return std::nullopt;
  for (const auto& each : all_)
    if (!each->process().gone() && std::ranges::count(each->process().processes(), pid) > 0) return each->life();
  return std::nullopt;
}

bool Instances::lives(const core::CopyLife& life) const {
  return std::ranges::any_of(all_, [&](const auto& each) { return each->life() == life && !each->process().gone(); });
}

bool Instances::other_copies_live(const Instance& which) const {
  return std::ranges::any_of(all_, [&](const auto& each) { return each.get() != &which && !each->process().gone(); });
}

bool Instances::nobody_is_left() const {
  return std::ranges::all_of(all_, [](const auto& each) { return each->ended(); });
}

std::size_t Instances::living() const {
  return static_cast<std::size_t>(std::ranges::count_if(all_, [](const auto& each) { return !each->ended() && !each->retired(); }));
}

int Instances::running_pid() const {
  for (const auto& each : all_)
    if (each->process().running()) return each->process().pid();
  return 0;
}

bool Instances::runs(int pid) const {
  return std::ranges::any_of(all_, [&](const auto& each) { return each->process().running() && each->process().pid() == pid; });
}

bool Instances::started() const {
  return std::ranges::any_of(all_, [](const auto& each) { return each->process().started(); });
}

bool Instances::gone() const {
  return std::ranges::all_of(all_, [](const auto& each) { return each->process().gone(); });
}

bool Instances::restarts() const { return plan_.keeper.restart.mode != core::RestartMode::never; }

std::vector<os::Process> Instances::survivors() const {
  std::vector<os::Process> list;
  for (const auto& each : all_)
    if (!each->process().gone()) std::ranges::move(each->process().survivors(), std::back_inserter(list));
  return list;
}

void Instances::tell_of_survivors() const {
  for (const auto& each : all_)
    if (!each->process().gone())
      log_error("child_survived")("child_pid", each->process().pid())("why", "not even SIGKILL ended it: frozen, or stuck in the kernel");
}

// Workers know copies by their ids, people by their numbers.
void Instances::tell_of_failure(core::InstanceId id, int error) const {
  for (const auto& each : all_)
    if (each->id() == id) recorder_.name(log_warn("upstream_failed")("error", std::strerror(error)), each->number(), each->process().pid());
}

std::vector<InstanceFacts> Instances::facts() const {
  std::vector<InstanceFacts> list;
  for (const auto& one : all_) {
    if (one->left()) continue;  // its number may be another one's already
    const core::Census::At now = workers_.ledger().running_at(one->id());
    InstanceFacts facts = one->facts();
    facts.requests = now.finite;
    facts.streams = now.streams;
    list.push_back(std::move(facts));
  }
  return list;
}

}  // namespace lastcall::supervisor
