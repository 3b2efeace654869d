#include "supervisor/instances.h"

#include <algorithm>

#include "base/log.h"

namespace lastcall::supervisor {

Instances::Instances(io::Loop& loop, ProcessTable& processes, ShutdownRecorder& recorder, const InstancePlan& plan, ChildEndpoint endpoint,
                     Owner& owner)
    : owner_(owner) {
  Instance::Owner& self = *this;
  all_.push_back(std::make_unique<Instance>(loop, processes, recorder, plan, 0, std::move(endpoint), self));
}

std::optional<os::SpawnFailure> Instances::start() {
  for (const auto& each : all_)
    if (auto failure = each->start()) return failure;
  return std::nullopt;
}

void Instances::await_ready() {
  for (const auto& each : all_) each->await_ready();
}

void Instances::stop_asking() {
  for (const auto& each : all_) each->stop_asking();
}

void Instances::update() {
  for (const auto& each : all_) each->update();
}

void Instances::look_for_rest() {
  for (const auto& each : all_) each->process().look_for_rest();
}

bool Instances::on_service_ending() {
  bool nobody_runs = true;
  for (const auto& each : all_) nobody_runs &= each->on_service_ending();
  return nobody_runs;
}

void Instances::stop() {
  for (const auto& each : all_) each->stop();
}

std::size_t Instances::signal_descendants() {
  std::size_t count = 0;
  for (const auto& each : all_) count += each->process().signal_descendants();
  return count;
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

bool Instances::runs(int pid) const {
  return std::ranges::any_of(all_, [&](const auto& each) { return each->process().running() && each->process().pid() == pid; });
}

bool Instances::started() const {
  return std::ranges::any_of(all_, [](const auto& each) { return each->process().started(); });
}

bool Instances::gone() const {
  return std::ranges::all_of(all_, [](const auto& each) { return each->process().gone(); });
}

bool Instances::restarts() const {
  return std::ranges::any_of(all_, [](const auto& each) { return each->keeper().restarts(); });
}

bool Instances::gave_up() const {
  return std::ranges::any_of(all_, [](const auto& each) { return each->keeper().gave_up(); });
}

bool Instances::not_alive() const {
  return std::ranges::any_of(all_, [](const auto& each) { return each->not_alive(); });
}

std::vector<int> Instances::stop_signals() const {
  std::vector<int> sent;
  for (const auto& each : all_) sent.insert(sent.end(), each->stop_steps().sent().begin(), each->stop_steps().sent().end());
  return sent;
}

std::vector<WorkerProcesses::Upstream> Instances::upstreams() const {
  std::vector<WorkerProcesses::Upstream> list;
  for (const auto& each : all_) list.push_back({each->number(), each->endpoint().upstream(), each->state()});
  return list;
}

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

std::vector<InstanceFacts> Instances::facts() const {
  std::vector<InstanceFacts> list;
  for (const auto& one : all_) list.push_back(one->facts());
  return list;
}

}  // namespace lastcall::supervisor
