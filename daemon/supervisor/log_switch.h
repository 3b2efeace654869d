// Who still writes to a log's file from before it was opened anew: whoever rotates logs may touch that file only once nobody does.
// Waits for each worker's word, not for the dead, and no longer than a second. Owned by WorkerProcesses; supervisor process only.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "core/worker_ledger.h"
#include "io/callback_timer.h"

namespace lastcall::supervisor {

class LogSwitch {
 public:
  using Answer = std::function<void(bool all)>;  // false: somebody did not answer in time
  explicit LogSwitch(io::Loop& loop) : timeout_(loop, [this] { conclude(true); }) {}

  std::uint64_t next_number() { return ++number_; }
  void await(std::uint64_t number, std::set<core::WorkerId> asked, Answer answer);  // answers at once where nobody was asked

  void on_reopened(core::WorkerId worker, std::uint64_t number);
  void on_worker_gone(core::WorkerId worker);

 private:
  struct Waiting {
    std::uint64_t number;
    std::set<core::WorkerId> missing;
    Answer answer;
  };
  void conclude(bool too_late);

  std::uint64_t number_ = 0;
  std::vector<Waiting> waiting_;
  io::CallbackTimer timeout_;
};

}  // namespace lastcall::supervisor
