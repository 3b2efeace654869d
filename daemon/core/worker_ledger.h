// What the workers have said, merged: the only place that decides whether all have sealed, finished or stopped accepting, and
// whose numbers prove something. A census older than the last acknowledged phase proves nothing (docs/design.md 1.1). Seals are kept for
// each copy of the child, because one of them may be stopped alone. Workers and copies are named by small ids that the supervisor gives;
// no pid, no descriptor, no clock. Supervisor process only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>

#include "core/shutdown_sequence.h"

namespace lastcall::core {

using WorkerId = std::uint32_t;
using InstanceId = std::uint32_t;  // never used again, unlike the numbers that people see

struct Census {
  std::uint64_t phase_version = 0;  // the newest phase message that the worker had applied when it counted
  std::uint64_t finite = 0;
  std::uint64_t streams = 0;
  std::uint64_t waiting = 0;  // requests held because the child is not ready
  std::uint64_t idle = 0;
  std::uint64_t oldest_ms = 0;  // age of the oldest finite request, for the progress line
  struct At {
    std::uint64_t finite = 0;
    std::uint64_t streams = 0;
    bool sealed = false;  // counted after the seal: a zero stays
  };
  std::map<InstanceId, At> at{};  // what runs at each copy of the child
};

class WorkerLedger {
 public:
  void worker_started(WorkerId id);  // knows nothing yet; counts as living
  // Its last gauges become `lost`, less what it had counted as dropped since: nobody is lost twice. Its promises count as given.
  void worker_died(WorkerId id, std::uint64_t counted_as_dropped = 0);
  void on_census(WorkerId id, const Census& census);
  void on_stopped_accepting(WorkerId id);
  void on_sealed(WorkerId id, InstanceId instance);
  void on_finished(WorkerId id);

  void phase_sent(std::uint64_t version);  // from now on only a census with at least this version proves a zero

  bool accepts(WorkerId id) const;  // it lives, and has not said that it closed its listeners
  bool all_stopped_accepting() const;
  bool all_finished() const;

  void seal_asked(InstanceId instance);                   // of every worker, also of those that start later
  void all_seals_asked(std::span<const InstanceId> instances);  // the service ends: these are all there are
  bool all_sealed() const;                      // each of them, by every living worker; false before all_seals_asked()
  bool all_sealed(InstanceId instance) const;
  bool sealed_all(WorkerId id) const;           // whatever was asked; true for the dead
  bool seals_missing() const;                   // somebody has yet to answer for something that was asked
  const std::set<InstanceId>& seals_asked() const { return asked_; }
  void forget(InstanceId instance);             // it is gone: nobody asks any more
  // Requests at that copy; at least 1 where a living worker has not counted since it sealed it: no zero is proven before.
  std::uint64_t finite_at(InstanceId instance) const;
  Census::At running_at(InstanceId instance) const;  // as last counted, for people; sealed: by every living worker's count

  std::size_t living() const;
  Census total() const;            // sum of the last census of each living worker (oldest_ms: maximum, phase_version: minimum)
  std::uint64_t lost() const;      // finite requests and streams that died with their worker
  // What the ledger knows for the sequence: finite (with those that wait for the child), streams, idle, sealed, workers_finished;
  // the rest is taken from `base`. Each count is at least 1 where a living worker's census is too old to prove a zero.
  Facts facts(Facts base) const;

 private:
  struct Entry {
    Census census;
    std::set<InstanceId> sealed;
    bool counted = false, stopped_accepting = false, finished = false;
  };
  Entry* find(WorkerId id);
  bool all(bool Entry::*promise) const;
  bool sealed_all(const Entry& entry) const;

  std::map<WorkerId, Entry> living_;
  std::set<InstanceId> asked_;
  bool all_asked_ = false;
  std::uint64_t required_version_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace lastcall::core
