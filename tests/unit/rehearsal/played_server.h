// A server played by the test, one connection at a time: what it reads and writes, and when, stands in the test. Blocking on its side,
// which is safe on loopback: what it waits for is already on its way.
#pragma once

#include <poll.h>

#include <string>

#include "../io/fixture.h"

namespace lastcall::rehearsal::test {

using io::test::Bench;

inline constexpr char kHello[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

class PlayedServer {
 public:
  const Address& address() const { return address_; }
  void stop_listening() { listener_.reset(); }

  // Lets the loop send, until the connection is there.
  UniqueFd accept(Bench& bench) {
    for (;;) {
      bench.settle();
      os::AcceptResult taken = os::accept_connection(listener_.get());
      if (taken.outcome == os::AcceptResult::Outcome::accepted) return std::move(taken.socket);
    }
  }

 private:
  UniqueFd listener_ = std::move(os::listen_on(Address::loopback(0))).value();
  Address address_ = os::local_address(listener_.get()).value();
};

// A whole head; the loop may have yet to send it.
inline std::string read_request(Bench& bench, int fd) {
  std::string text;
  while (text.find("\r\n\r\n") == text.npos) {
    bench.settle();
    text += io::test::take(fd);
  }
  return text;
}

}  // namespace lastcall::rehearsal::test
