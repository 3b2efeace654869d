#include "core/worker_ledger.h"

#include <algorithm>

namespace lastcall::core {

void WorkerLedger::worker_started(WorkerId id) { living_[id] = Entry{}; }

void WorkerLedger::worker_died(WorkerId id, std::uint64_t counted_as_dropped) {
  const auto found = living_.find(id);
  if (found == living_.end()) return;
  // Who has finished has said itself that nothing was left.
  const Census& last = found->second.census;
  const std::uint64_t open = last.finite + last.streams + last.waiting;
  if (!found->second.finished && open > counted_as_dropped) lost_ += open - counted_as_dropped;
  living_.erase(found);
}

WorkerLedger::Entry* WorkerLedger::find(WorkerId id) {
  const auto found = living_.find(id);
  return found == living_.end() ? nullptr : &found->second;
}

// A message of a worker that is already counted as dead may still have been under way: each of these ignores it.
void WorkerLedger::on_census(WorkerId id, const Census& census) {
  if (Entry* entry = find(id)) {
    entry->census = census;
    entry->counted = true;
  }
}
void WorkerLedger::on_stopped_accepting(WorkerId id) {
  if (Entry* entry = find(id)) entry->stopped_accepting = true;
}
void WorkerLedger::on_sealed(WorkerId id, InstanceId instance) {
  if (Entry* entry = find(id); entry != nullptr && asked_.contains(instance)) entry->sealed.insert(instance);
}
void WorkerLedger::on_finished(WorkerId id) {
  if (Entry* entry = find(id)) entry->finished = true;
}

void WorkerLedger::phase_sent(std::uint64_t version) { required_version_ = std::max(required_version_, version); }

bool WorkerLedger::all(bool Entry::*promise) const {
  return std::all_of(living_.begin(), living_.end(), [&](const auto& each) { return each.second.*promise; });
}

bool WorkerLedger::accepts(WorkerId id) const {
  const auto found = living_.find(id);
  return found != living_.end() && !found->second.stopped_accepting;
}
bool WorkerLedger::all_stopped_accepting() const { return all(&Entry::stopped_accepting); }
bool WorkerLedger::all_finished() const { return all(&Entry::finished); }

void WorkerLedger::seal_asked(InstanceId instance) { asked_.insert(instance); }

void WorkerLedger::all_seals_asked(std::span<const InstanceId> instances) {
  asked_.insert(instances.begin(), instances.end());
  all_asked_ = true;
}

void WorkerLedger::forget(InstanceId instance) {
  asked_.erase(instance);
  for (auto& [id, entry] : living_) entry.sealed.erase(instance);
}

// What was sealed is always a part of what was asked.
bool WorkerLedger::sealed_all(const Entry& entry) const { return entry.sealed.size() == asked_.size(); }

bool WorkerLedger::all_sealed() const {
  return living_.empty() || (all_asked_ && std::ranges::all_of(living_, [&](const auto& each) { return sealed_all(each.second); }));
}

bool WorkerLedger::all_sealed(InstanceId instance) const {
  return std::ranges::all_of(living_, [&](const auto& each) { return each.second.sealed.contains(instance); });
}

bool WorkerLedger::sealed_all(WorkerId id) const {
  const auto found = living_.find(id);
  return found == living_.end() || sealed_all(found->second);
}

bool WorkerLedger::seals_missing() const {
  return !std::ranges::all_of(living_, [&](const auto& each) { return sealed_all(each.second); });
}

std::uint64_t WorkerLedger::finite_at(InstanceId instance) const {
  const Census::At now = running_at(instance);
  return std::max<std::uint64_t>(now.finite, now.sealed ? 0 : 1);
}

Census::At WorkerLedger::running_at(InstanceId instance) const {
  Census::At sum{.sealed = true};
  for (const auto& [id, entry] : living_) {
    const auto found = entry.census.at.find(instance);
    const Census::At one = found != entry.census.at.end() ? found->second : Census::At{};
    sum.finite += one.finite;
    sum.streams += one.streams;
    sum.sealed = sum.sealed && one.sealed;
  }
  return sum;
}

std::size_t WorkerLedger::living() const { return living_.size(); }

Census WorkerLedger::total() const {
  Census sum;
  bool first = true;
  for (const auto& [id, entry] : living_) {
    const Census& one = entry.census;
    sum.phase_version = first ? one.phase_version : std::min(sum.phase_version, one.phase_version);
    sum.finite += one.finite;
    sum.streams += one.streams;
    sum.waiting += one.waiting;
    sum.idle += one.idle;
    sum.oldest_ms = std::max(sum.oldest_ms, one.oldest_ms);
    first = false;
  }
  return sum;
}

std::uint64_t WorkerLedger::lost() const { return lost_; }

Facts WorkerLedger::facts(Facts base) const {
  const Census sum = total();
  const bool proven = std::ranges::all_of(living_, [&](const auto& each) {
    return each.second.counted && each.second.census.phase_version >= required_version_;
  });
  const std::uint64_t least = proven ? 0 : 1;
  base.finite = std::max(sum.finite + sum.waiting, least);  // a request that waits for the child is in flight too (G52)
  base.streams = std::max(sum.streams, least);
  base.idle = std::max(sum.idle, least);
  base.sealed = all_sealed();
  base.workers_finished = all_finished();
  return base;
}

}  // namespace lastcall::core
