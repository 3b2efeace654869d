// The server behind the worker, played by the test: a listening socket, and connections on which the test reads and writes itself.
#pragma once

#include <string>
#include <string_view>

#include "base/address.h"
#include "base/unique_fd.h"
#include "support/http_client.h"
#include "support/temp_dir.h"

namespace lastcall::test {

class FakeChild {
 public:
  explicit FakeChild(int backlog = 128);                             // 127.0.0.1
  static FakeChild on_unix_socket(const std::string& path, int backlog = 128);

  const Address& address() const { return address_; }
  TcpClient accept();            // ends the test if nobody comes
  bool somebody_waits() const;   // a connection is in the queue, not yet accepted
  void set_backlog(int backlog);
  void stop_listening() { listener_.reset(); }

 private:
  FakeChild(const Address& address, int backlog);
  UniqueFd listener_;
  Address address_;
};

// One request's head as the child sees it, blank line included; ends the test if it does not come. What follows it in the same read is
// left in `rest`, which must be empty where it is not given.
std::string read_head(TcpClient& from, std::string* rest = nullptr);
std::string read_exactly(TcpClient& from, std::size_t size);
// Sends until the worker takes no more, which it shows by not taking any for 100 ms, or `limit`; how much that was.
std::size_t send_what_fits(TcpClient& to, std::size_t limit);
bool has_line(std::string_view head, std::string_view line);

}  // namespace lastcall::test
