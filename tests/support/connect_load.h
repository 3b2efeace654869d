// New connections, one request each, as many and as fast as asked, each classified. What counts is the fate of a client whose connect()
// succeeded: it must be answered (G1, G2). One thread, poll(2).
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>

#include "support/deadline.h"
#include "support/fd.h"
#include "support/response_parser.h"

namespace lastcall::test {

struct ConnectCounts {
  std::uint64_t started = 0;
  std::uint64_t answered = 0;     // 200
  std::uint64_t refused_503 = 0;
  std::uint64_t refused = 0;      // ECONNREFUSED: the request was never sent
  std::uint64_t unconnected = 0;  // neither yes nor no in time
  std::uint64_t resets = 0;       // RST after connect() had succeeded
  std::uint64_t lost = 0;         // FIN, or nothing, instead of an answer
  std::uint64_t wrong = 0;        // another status
  void add(const ConnectCounts& other);
  std::uint64_t losses() const { return resets + lost; }
};

class ConnectLoad {
 public:
  ConnectLoad(const std::string& address, std::uint16_t port);

  void start(int connections);      // connect() without waiting; call where the sockets shall belong
  void turn(Milliseconds at_most);  // what is ready now, or within that time
  bool run_to_end(Milliseconds wait);
  const ConnectCounts& counts() const { return counts_; }

 private:
  struct Connection {
    Fd fd;
    bool connected = false;
    ResponseParser parser = ResponseParser();
  };
  bool on_ready(Connection& connection);  // false: it has ended
  bool on_connected(Connection& connection, int error);

  std::string address_;
  std::uint16_t port_;
  ConnectCounts counts_;
  std::list<Connection> connections_;
};

}  // namespace lastcall::test
