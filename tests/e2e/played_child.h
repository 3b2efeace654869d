// The child's place played by the test itself: lastcall is told that its upstream is here, and the test accepts, reads and answers byte by
// byte and in its own order, in one thread. For what no well-behaved server does. Lives as long as its LastcallRun, or longer.
#pragma once

#include <memory>
#include <string>

#include "e2e.h"

namespace lastcall::test {

class PlayedChild {
 public:
  enum class Where : std::uint8_t { tcp, unix_socket };  // a Unix socket keeps the kernel's TCP counters to the client's side
  explicit PlayedChild(Where where = Where::tcp);

  // For LastcallRun: its upstream is here, and its command only waits for the stop signal.
  RunOptions options(const Words& flags = {}) const;
  // Ready, and the connection that asked for it is out of the way.
  bool wait_ready(LastcallRun& run);

  int fd() const { return listener_.get(); }
  // The next connection of lastcall's; at the deadline one without a descriptor.
  TcpClient accept(Milliseconds wait = kPatience);
  bool asked(Milliseconds wait = 0ms) const;  // a connection waits to be accepted

 private:
  std::unique_ptr<FreePort> port_;
  TempDir directory_;
  std::string address_;
  Fd listener_;
};

// Up to the end of the head; what came of the body stays behind it. Empty when there is none.
std::string read_head(TcpClient& connection, Milliseconds wait = kPatience);
std::string target_of(const std::string& head);  // "/x" of "GET /x HTTP/1.1"
// A whole small answer. `more`: further header lines.
std::string answer(const std::string& body, const std::string& more = "", const std::string& status = "200 OK");

// Whichever of the two has something to read first; -1 at the deadline.
int first_readable(int one, int other, Milliseconds wait = kPatience);

bool full_counts();  // LASTCALL_FULL=1

}  // namespace lastcall::test
