// The child of these tests: writes down every byte that reaches it and answers whole requests as a correct server does. Runs inside the
// test's thread, one poll at a time, so that nothing happens that the test did not wait for.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "../played_child.h"
#include "lenient_reader.h"

namespace lastcall::test {

// What one client's bytes led to.
struct Outcome {
  std::string answers;                // every byte that came back
  std::vector<int> statuses;          // of each answer
  Ending ending = Ending::none;
  std::vector<std::string> received;  // by the child, per connection, in order of arrival
  std::vector<std::string> targets;   // of the whole requests in it, read as strictly as can be
};

class RecordingChild {
 public:
  RunOptions options(const Words& flags = {}) const { return child_.options(flags); }
  bool wait_ready(LastcallRun& run) { return child_.wait_ready(run); }

  // One client: sends `bytes` in pieces of at most `piece`, then its FIN, and reads to the end.
  Outcome converse(std::uint16_t port, std::string_view bytes, std::size_t piece);

 private:
  struct Connection {
    TcpClient socket;
    std::string received;       // in this conversation
    std::size_t answered = 0;   // whole requests
    bool open = true;
  };
  void take_new();
  void serve(Connection& connection);
  bool turn(int client);  // something happened; false at the deadline

  PlayedChild child_;
  std::deque<Connection> connections_;
};

}  // namespace lastcall::test
