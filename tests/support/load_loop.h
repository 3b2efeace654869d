// The counting load: any number of keep-alive clients in one thread, every request of which is classified. Runs only inside its run_*
// calls; between two of them the test does what it likes (send the signal), and the clients' sockets just wait.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "support/load_client.h"

namespace lastcall::test {

class LoadLoop {
 public:
  LoadLoop(const std::vector<LoadPlan>& plans, std::uint32_t seed);

  void run_for(Milliseconds time);
  void run_until_answered(std::uint64_t requests, Milliseconds wait = kPatience);
  void set_stopping();               // from now on a refused connect is right, and ends its client
  bool run_to_end(Milliseconds wait);  // until every client was refused; false: some were not, and gave up
  const LoadCounts& counts() const { return counts_; }

 private:
  bool turn(Clock::time_point until);  // false when all clients have ended

  std::vector<LoadPlan> plans_;
  LoadCounts counts_;
  std::deque<LoadClient> clients_;
};

}  // namespace lastcall::test
